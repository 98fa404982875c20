#include "import/property_list.h"

#include "core/glib.h"
#include "import/text.h"

namespace l2tp::import {

namespace {

using Kind = PropertyList::Kind;

constexpr std::size_t deepest = 32;

struct FreeParser {
  void operator()(GMarkupParseContext* context) const { g_markup_parse_context_free(context); }
};

// Builds the tree while GMarkup reads: a stack of what is open.
class Builder {
 public:
  bool open(std::string_view element) {
    if (element == "plist") return stack_.empty() && !root_;
    text_.clear();
    if (element == "key") return !stack_.empty() && stack_.back().value.kind == Kind::dictionary;
    const auto kind = kind_of(element);
    if (!kind || stack_.size() >= deepest) return false;
    Open opened;
    opened.value.kind = *kind;
    if (*kind == Kind::boolean) opened.value.text = element;
    stack_.push_back(std::move(opened));
    return true;
  }

  void text(std::string_view text) { text_ += text; }

  bool close(std::string_view element) {
    if (element == "plist") return true;
    if (stack_.empty()) return false;
    if (element == "key") {
      stack_.back().key = text_;
      text_.clear();
      return true;
    }
    auto done = std::move(stack_.back().value);
    stack_.pop_back();
    if (!fill(done)) return false;
    text_.clear();
    return store(std::move(done));
  }

  std::optional<PropertyList> take() { return std::move(root_); }

 private:
  struct Open {
    PropertyList value;
    std::optional<std::string> key{};  // of the dictionary's next member
  };

  static std::optional<Kind> kind_of(std::string_view element) {
    if (element == "dict") return Kind::dictionary;
    if (element == "array") return Kind::array;
    if (element == "string") return Kind::string;
    if (element == "data") return Kind::data;
    if (element == "integer" || element == "real") return Kind::number;
    if (element == "true" || element == "false") return Kind::boolean;
    if (element == "date") return Kind::date;
    return std::nullopt;
  }

  bool fill(PropertyList& value) const {
    if (value.kind == Kind::data) {
      auto bytes = from_base64(text_);
      if (!bytes) return false;
      value.text = std::move(*bytes);
    } else if (value.kind == Kind::string) {
      value.text = text_;
    } else if (value.kind == Kind::number || value.kind == Kind::date) {
      value.text = trimmed(text_);
    }
    return true;
  }

  bool store(PropertyList value) {
    if (stack_.empty()) {
      if (root_) return false;
      root_ = std::move(value);
      return true;
    }
    auto& parent = stack_.back();
    if (parent.value.kind == Kind::array) {
      parent.value.array.push_back(std::move(value));
      return true;
    }
    if (parent.value.kind != Kind::dictionary || !parent.key) return false;
    parent.value.dictionary[*std::exchange(parent.key, std::nullopt)] = std::move(value);
    return true;
  }

  std::vector<Open> stack_;
  std::optional<PropertyList> root_;
  std::string text_;
};

void refuse(GError** error) {
  g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT, "no property list");
}

}  // namespace

const PropertyList* PropertyList::find(const std::string& name) const {
  const auto found = dictionary.find(name);
  return found == dictionary.end() ? nullptr : &found->second;
}

std::string PropertyList::text_of(const std::string& name) const {
  const auto* member = find(name);
  return member == nullptr ? std::string{} : member->text;
}

std::optional<PropertyList> parse_property_list(std::string_view xml) {
  const auto opened = +[](GMarkupParseContext*, const char* element, const char**, const char**,
                          gpointer self, GError** error) {
    if (!static_cast<Builder*>(self)->open(element)) refuse(error);
  };
  const auto closed = +[](GMarkupParseContext*, const char* element, gpointer self, GError** error) {
    if (!static_cast<Builder*>(self)->close(element)) refuse(error);
  };
  const auto text = +[](GMarkupParseContext*, const char* bytes, gsize length, gpointer self, GError**) {
    static_cast<Builder*>(self)->text({bytes, length});
  };
  const GMarkupParser parser{opened, closed, text, nullptr, nullptr};
  Builder builder;
  const std::unique_ptr<GMarkupParseContext, FreeParser> context{
      g_markup_parse_context_new(&parser, G_MARKUP_TREAT_CDATA_AS_TEXT, &builder, nullptr)};
  if (g_markup_parse_context_parse(context.get(), xml.data(), static_cast<gssize>(xml.size()), nullptr) ==
          FALSE ||
      g_markup_parse_context_end_parse(context.get(), nullptr) == FALSE)
    return std::nullopt;
  return builder.take();
}

}  // namespace l2tp::import
