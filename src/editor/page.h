// The editor's page: what everybody fills in, and folded sections for the rest.
#pragma once

#include <gtk/gtk.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "editor/detection.h"
#include "editor/form.h"
#include "editor/last_failure.h"
#include "editor/row.h"

namespace l2tp::editor {

class Page {
 public:
  // `uuid` (may be nullptr) is the connection whose last failure is shown; `changed` is called whenever a
  // person has changed something.
  Page(Form& form, const char* uuid, std::function<void()> changed);
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;
  ~Page();

  // Owned by the page; who shows it takes a reference.
  [[nodiscard]] GtkWidget* widget() const { return root_.get(); }

 private:
  GtkWidget* section(Section which);
  GtkWidget* folded(Section which);
  void take();
  void refresh();

  Form& form_;
  std::function<void()> changed_;
  ObjectRef<GtkSizeGroup> labels_;  // all captions are as wide
  std::vector<std::unique_ptr<Row>> rows_;
  std::map<Section, GtkWidget*> folded_;
  std::unique_ptr<Detection> detection_;
  Remark general_;
  ObjectRef<GtkWidget> root_;
  GtkWidget* show_secrets_ = nullptr;
  SignalHandler revealed_;
  bool refreshing_ = false;
};

}  // namespace l2tp::editor
