// Asks the server which algorithms it accepts, in the background, and offers what it found.
#pragma once

#include <gtk/gtk.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/ike/suite.h"
#include "editor/form.h"
#include "editor/toolkit.h"
#include "probe/run.h"

namespace l2tp::editor {

class Detection {
 public:
  // `use` is called after the form has the algorithms that were found.
  Detection(Form& form, std::function<void()> use);
  Detection(const Detection&) = delete;
  Detection& operator=(const Detection&) = delete;
  ~Detection();

  [[nodiscard]] GtkWidget* widget() const { return box_; }
  // To be called when the form has changed: what was found belongs to the gateway that was asked.
  void refresh();

 private:
  void start();
  void show_progress(const probe::Findings& findings);
  void finish(const Result<probe::Outcome, std::string>& outcome);
  void show(const std::string& text);
  void use();

  Form& form_;
  std::function<void()> use_;
  GtkWidget *box_, *button_, *stop_, *bar_, *text_, *use_button_;
  SignalHandler clicked_, stopped_, used_;
  std::string gateway_;                   // that is being asked, or was
  ike::Authentication authentication_{};  // the profile's at that time
  bool was_stopped_ = false;
  std::optional<probe::Findings> found_;
  std::unique_ptr<probe::Run> run_;
  Source retire_;  // takes the run away once it has said that it is done
};

}  // namespace l2tp::editor
