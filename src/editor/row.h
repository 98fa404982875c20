// One field on the page: its label, what is filled in, and below it what is wrong with that.
#pragma once

#include <gtk/gtk.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "editor/form.h"
#include "editor/toolkit.h"

namespace l2tp::editor {

class Row {
 public:
  using Changed = std::function<void()>;  // called after the form has what a person did

  // The field's own kind of row. `form` outlives it.
  static std::unique_ptr<Row> make(const Field& field, Form& form, Changed changed);

  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  virtual ~Row() = default;

  // Puts its widgets into the grid's next rows, from `at` on; the first row that is free then. Labels are as
  // wide as all in the group.
  virtual int attach(GtkGrid* grid, int at, GtkSizeGroup* labels) = 0;

  // Shows what the form says now. `complaints` are all of the form.
  virtual void refresh(const std::vector<Complaint>& complaints) = 0;

  // Secrets are shown in clear, or not.
  virtual void reveal(bool) {}

  [[nodiscard]] const Field& field() const { return field_; }

 protected:
  Row(const Field& field, Form& form, Changed changed)
      : field_(field), form_(form), changed_(std::move(changed)) {}

  const Field& field_;
  Form& form_;
  Changed changed_;
};

// What a key does, its name, and what holds without it, in the user's language.
std::string tooltip_of(std::string_view key);

// The sentence below a field: hidden while there is none.
class Remark {
 public:
  Remark();
  [[nodiscard]] GtkWidget* widget() const { return label_; }
  enum class Tone { error, warning };
  void say(const std::string& sentence, Tone tone);

 private:
  GtkWidget* label_;
};

// The complaint about `key`, empty if there is none.
std::string complaint_about(const std::vector<Complaint>& complaints, std::string_view key);

}  // namespace l2tp::editor
