#include "core/vici.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace l2tp::vici {

namespace {

enum Element : char { section_start = 1, section_end, key_value, list_start, list_item, list_end };

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_value = 65535;
constexpr int deepest = 32;

const Entry* entry_named(const Section& section, std::string_view name) {
  const auto& entries = section.entries();
  const auto found =
      std::find_if(entries.begin(), entries.end(), [name](const Entry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

// Counts first and writes later, so that the buffer is never moved and no copy of a secret stays in freed
// memory.
class Writer {
 public:
  void element(Element type) { byte(type); }

  void name(std::string_view text) {
    valid_ = valid_ && text.size() <= longest_name;
    byte(static_cast<char>(text.size()));
    bytes(text);
  }

  void value(std::string_view text) {
    valid_ = valid_ && text.size() <= longest_value;
    byte(static_cast<char>(text.size() >> 8));
    byte(static_cast<char>(text.size() & 0xff));
    bytes(text);
  }

  void write_into(std::string& buffer) { buffer_ = &buffer; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool valid() const { return valid_; }

 private:
  void byte(char value) { bytes({&value, 1}); }
  void bytes(std::string_view text) {
    size_ += text.size();
    if (buffer_ != nullptr) buffer_->append(text);
  }

  std::string* buffer_ = nullptr;
  std::size_t size_ = 0;
  bool valid_ = true;
};

void write(Writer& writer, const Section& section) {
  for (const auto& entry : section.entries()) {
    if (const auto* value = std::get_if<Secret>(&entry.content)) {
      writer.element(key_value);
      writer.name(entry.name);
      writer.value(value->view());
    } else if (const auto* list = std::get_if<std::vector<Secret>>(&entry.content)) {
      writer.element(list_start);
      writer.name(entry.name);
      for (const auto& item : *list) {
        writer.element(list_item);
        writer.value(item.view());
      }
      writer.element(list_end);
    } else {
      writer.element(section_start);
      writer.name(entry.name);
      write(writer, std::get<Section>(entry.content));
      writer.element(section_end);
    }
  }
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  std::optional<char> element() {
    if (rest_.empty()) return std::nullopt;
    const char type = rest_.front();
    rest_.remove_prefix(1);
    return type;
  }
  std::optional<std::string_view> name() { return counted(1); }
  std::optional<std::string_view> value() { return counted(2); }

 private:
  std::optional<std::string_view> counted(std::size_t length_bytes) {
    if (rest_.size() < length_bytes) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | static_cast<std::uint8_t>(rest_[i]);
    rest_.remove_prefix(length_bytes);
    if (rest_.size() < length) return std::nullopt;
    const auto text = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return text;
  }

  std::string_view rest_;
};

std::optional<std::vector<std::string>> read_list(Reader& reader) {
  std::vector<std::string> items;
  while (true) {
    const auto type = reader.element();
    if (type == list_end) return items;
    const auto item = type == list_item ? reader.value() : std::nullopt;
    if (!item) return std::nullopt;
    items.emplace_back(*item);
  }
}

std::optional<Section> read_section(Reader& reader, int depth) {
  if (depth > deepest) return std::nullopt;
  Section section;
  while (!reader.at_end()) {
    const auto type = reader.element();
    if (type == section_end) {
      if (depth == 0) return std::nullopt;
      return section;
    }
    const auto name = reader.name();
    if (!name) return std::nullopt;
    if (type == key_value) {
      const auto value = reader.value();
      if (!value) return std::nullopt;
      section.value(*name, *value);
    } else if (type == list_start) {
      auto items = read_list(reader);
      if (!items) return std::nullopt;
      section.list(*name, *items);
    } else if (type == section_start) {
      auto inner = read_section(reader, depth + 1);
      if (!inner) return std::nullopt;
      section.section(*name, std::move(*inner));
    } else {
      return std::nullopt;
    }
  }
  if (depth != 0) return std::nullopt;
  return section;
}

}  // namespace

Section& Section::value(std::string_view name, std::string_view value) {
  entries_.push_back({std::string{name}, Secret{value}});
  return *this;
}

Section& Section::list(std::string_view name, std::initializer_list<std::string_view> items) {
  std::vector<Secret> values;
  for (const auto item : items) values.emplace_back(item);
  entries_.push_back({std::string{name}, std::move(values)});
  return *this;
}

Section& Section::list(std::string_view name, const std::vector<std::string>& items) {
  std::vector<Secret> values;
  for (const auto& item : items) values.emplace_back(item);
  entries_.push_back({std::string{name}, std::move(values)});
  return *this;
}

Section& Section::section(std::string_view name, Section section) {
  entries_.push_back({std::string{name}, std::move(section)});
  return *this;
}

void Section::replace_list(std::string_view path, const std::vector<std::string>& items) {
  Section* section = this;
  while (true) {
    const auto slash = std::min(path.find('/'), path.size());
    const auto entry = std::find_if(
        section->entries_.begin(), section->entries_.end(),
        [name = path.substr(0, slash)](const Entry& candidate) { return candidate.name == name; });
    if (entry == section->entries_.end()) return;
    if (slash == path.size()) {
      auto* list = std::get_if<std::vector<Secret>>(&entry->content);
      if (list == nullptr) return;
      list->clear();
      for (const auto& item : items) list->emplace_back(item);
      return;
    }
    section = std::get_if<Section>(&entry->content);
    if (section == nullptr) return;
    path.remove_prefix(slash + 1);
  }
}

std::string_view Section::get(std::string_view path) const {
  const auto slash = path.rfind('/');
  const Section* section = slash == std::string_view::npos ? this : find(path.substr(0, slash));
  if (section == nullptr) return {};
  const auto* entry = entry_named(*section, slash == std::string_view::npos ? path : path.substr(slash + 1));
  if (entry == nullptr) return {};
  if (const auto* value = std::get_if<Secret>(&entry->content)) return value->view();
  const auto* list = std::get_if<std::vector<Secret>>(&entry->content);
  return list != nullptr && !list->empty() ? list->front().view() : std::string_view{};
}

const Section* Section::find(std::string_view path) const {
  const Section* section = this;
  while (section != nullptr && !path.empty()) {
    const auto slash = std::min(path.find('/'), path.size());
    const auto* entry = entry_named(*section, path.substr(0, slash));
    section = entry == nullptr ? nullptr : std::get_if<Section>(&entry->content);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return section;
}

std::vector<std::string_view> Section::items(std::string_view name) const {
  std::vector<std::string_view> texts;
  const auto* entry = entry_named(*this, name);
  const auto* list = entry == nullptr ? nullptr : std::get_if<std::vector<Secret>>(&entry->content);
  if (list != nullptr)
    for (const auto& item : *list) texts.push_back(item.view());
  return texts;
}

std::optional<Secret> encode(const Section& message) {
  Writer counter;
  write(counter, message);
  if (!counter.valid()) return std::nullopt;

  std::string buffer;
  buffer.reserve(counter.size());
  Writer writer;
  writer.write_into(buffer);
  write(writer, message);
  Secret bytes{buffer};
  explicit_bzero(buffer.data(), buffer.size());
  return bytes;
}

std::optional<Section> decode(std::string_view bytes) {
  Reader reader{bytes};
  return read_section(reader, 0);
}

}  // namespace l2tp::vici
