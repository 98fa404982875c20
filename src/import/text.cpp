#include "import/text.h"

#include <charconv>

#include "core/glib.h"

namespace l2tp::import {

namespace {

std::optional<std::string> converted(std::string_view bytes, const char* from) {
  GError* raw = nullptr;
  gsize written = 0;
  const CharPtr text{
      g_convert(bytes.data(), static_cast<gssize>(bytes.size()), "UTF-8", from, nullptr, &written, &raw)};
  const ErrorPtr error{raw};
  if (!text) return std::nullopt;
  return std::string{text.get(), written};
}

std::optional<std::string> decoded(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return converted(bytes.substr(2), "UTF-16LE");
  if (bytes.starts_with("\xfe\xff")) return converted(bytes.substr(2), "UTF-16BE");
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (g_utf8_validate(bytes.data(), static_cast<gssize>(bytes.size()), nullptr) != FALSE)
    return std::string{bytes};
  return converted(bytes, "WINDOWS-1252");
}

bool is_space(char letter) {
  return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

}  // namespace

std::optional<std::string> to_utf8(std::string_view bytes) {
  auto text = decoded(bytes);
  if (text && text->find('\0') != std::string::npos) return std::nullopt;
  return text;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(text.substr(0, end));
    const std::size_t length = text.substr(end, 2) == "\r\n" ? 2 : 1;
    text.remove_prefix(std::min(end + length, text.size()));
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> words_of(std::string_view text, std::string_view separators) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (const auto word = trimmed(text.substr(0, end)); !word.empty()) words.emplace_back(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string digits;
  for (const char letter : text) {
    if (is_space(letter)) continue;
    if (!g_ascii_isalnum(letter) && letter != '+' && letter != '/' && letter != '=') return std::nullopt;
    digits += letter;
  }
  if (digits.size() % 4 != 0) return std::nullopt;
  gsize length = 0;
  const std::unique_ptr<guchar, FreeMemory> bytes{g_base64_decode(digits.c_str(), &length)};
  return std::string{reinterpret_cast<const char*>(bytes.get()), length};
}

}  // namespace l2tp::import
