// A value or the failure that stands in its place.
#pragma once

#include <utility>
#include <variant>

namespace l2tp {

template <typename Error>
struct Unexpected {
  Error error;
};

template <typename Error>
Unexpected(Error) -> Unexpected<Error>;

// Either a `Value` or an `Error`; asking for the one that is not there is a programming error (std::get
// throws).
template <typename Value, typename Error>
class [[nodiscard]] Result {
 public:
  Result(Value value) : content_(std::in_place_index<0>, std::move(value)) {}
  Result(Unexpected<Error> unexpected) : content_(std::in_place_index<1>, std::move(unexpected.error)) {}

  [[nodiscard]] bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }

  [[nodiscard]] Value& value() { return std::get<0>(content_); }
  [[nodiscard]] const Value& value() const { return std::get<0>(content_); }
  [[nodiscard]] const Error& error() const { return std::get<1>(content_); }

 private:
  std::variant<Value, Error> content_;
};

}  // namespace l2tp
