#include "editor/last_failure.h"

#include <fstream>
#include <optional>

#include "core/failure_record.h"
#include "core/wording.h"
#include "core/words.h"
#include "editor/toolkit.h"

namespace l2tp::editor {

namespace {

constexpr int failure_chars = 60;
constexpr std::size_t largest_record = 1 << 20;  // bytes; the service writes some KiB

std::optional<FailureRecord> read_record(const char* uuid, const std::string& dir) {
  if (uuid == nullptr || !is_uuid(uuid)) return std::nullopt;
  std::ifstream file{dir + "/" + uuid + ".json", std::ios::binary};
  std::string text(largest_record, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto record = failure_record_from_json(text);
  if (!record || record.value().up_since != 0) return std::nullopt;
  return std::move(record.value());
}

std::string moment(std::int64_t time) {
  auto* moment = g_date_time_new_from_unix_local(time);
  if (moment == nullptr) return {};
  const CharPtr text{g_date_time_format(moment, "%c")};
  g_date_time_unref(moment);
  return text ? text.get() : "";
}

}  // namespace

GtkWidget* last_failure_box(const char* uuid, const std::string& dir) {
  const auto record = read_record(uuid, dir);
  if (!record) return nullptr;
  auto* texts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 3);
  // Translators: {0} is a date with its time.
  const auto heading = record->was_up ? fill(_("The connection was lost, {0}:"), {moment(record->time)})
                                      : fill(_("Connecting failed, {0}:"), {moment(record->time)});
  auto* head = wrapping_label(heading, 0, failure_chars);
  set_class(head, "dim-label", true);
  for (auto* label : {head, wrapping_label(harmless(translated_sentence(record->failure)), 0, failure_chars),
                      wrapping_label(translated_advice(record->failure), 0, failure_chars)}) {
    gtk_widget_set_halign(label, GTK_ALIGN_START);
    append(texts, label);
  }

  auto* box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
  set_margins(box, 8);
  auto* image = icon("dialog-warning-symbolic");
  gtk_widget_set_valign(image, GTK_ALIGN_START);
  append(box, image);
  append(box, texts);
  auto* frame = framed(box);
  gtk_widget_set_name(frame, "last-failure");
  set_accessible(frame, heading, translated_sentence(record->failure));
  return frame;
}

}  // namespace l2tp::editor
