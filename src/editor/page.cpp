#include "editor/page.h"

#include "core/failure_record.h"
#include "core/words.h"

namespace l2tp::editor {

namespace {

constexpr int spacing = 6;
constexpr int margin = 12;
// nm-connection-editor has this much room for a page, and would scroll it once more if it wanted more.
constexpr int height = 340, width = 480;

GtkWidget* new_grid() {
  auto* grid = gtk_grid_new();
  gtk_grid_set_row_spacing(GTK_GRID(grid), spacing);
  gtk_grid_set_column_spacing(GTK_GRID(grid), margin);
  return grid;
}

}  // namespace

Page::Page(Form& form, const char* uuid, std::function<void()> changed)
    : form_(form),
      changed_(std::move(changed)),
      labels_(gtk_size_group_new(GTK_SIZE_GROUP_HORIZONTAL)),
      detection_(std::make_unique<Detection>(form, [this] { take(); })) {
  auto* box = gtk_box_new(GTK_ORIENTATION_VERTICAL, margin);
  set_margins(box, margin);
  gtk_widget_set_size_request(box, width, -1);
  auto* failure = last_failure_box(uuid, std::string{failure_record_dir});
  if (failure != nullptr) append(box, failure);
  append(box, general_.widget());
  append(box, section(Section::server));
  for (const auto which : {Section::ipsec, Section::authentication, Section::link, Section::tunnel})
    append(box, folded(which));

  auto* root = scrolled(box);
  g_object_set(root, "hscrollbar-policy", GTK_POLICY_NEVER, "min-content-height", height, "vexpand", TRUE,
               nullptr);
  root_.reset(GTK_WIDGET(g_object_ref_sink(root)));
  show_tree(root);
  refresh();
}

Page::~Page() = default;

GtkWidget* Page::section(Section which) {
  auto* grid = new_grid();
  int at = 0;
  for (const auto& field : fields()) {
    if (field.section != which) continue;
    rows_.push_back(Row::make(field, form_, [this] { take(); }));
    at = rows_.back()->attach(GTK_GRID(grid), at, labels_.get());
    if (field.key == "ipsec-esp") gtk_grid_attach(GTK_GRID(grid), detection_->widget(), 1, at++, 1, 1);
  }
  if (which == Section::server) {
    show_secrets_ = gtk_check_button_new_with_mnemonic(_("Sho_w passwords and keys"));
    gtk_grid_attach(GTK_GRID(grid), show_secrets_, 1, at, 1, 1);
    revealed_ = on(show_secrets_, "toggled", [this] {
      for (const auto& row : rows_) row->reveal(is_active(show_secrets_));
    });
  }
  return grid;
}

GtkWidget* Page::folded(Section which) {
  const auto name = translated(title(which));
  auto* expander = gtk_expander_new_with_mnemonic(name.c_str());
  set_accessible(expander, without_mnemonic(name), "");
  auto* grid = section(which);
  gtk_widget_set_margin_top(grid, spacing);
  set_expander_child(expander, grid);
  folded_[which] = expander;
  return expander;
}

void Page::take() {
  if (refreshing_) return;
  refresh();
  changed_();
}

void Page::refresh() {
  refreshing_ = true;
  const auto complaints = form_.complaints();
  for (const auto& row : rows_) row->refresh(complaints);
  for (const auto& row : rows_) {
    const auto expander = folded_.find(row->field().section);
    if (expander != folded_.end() && !complaint_about(complaints, row->field().key).empty())
      gtk_expander_set_expanded(GTK_EXPANDER(expander->second), TRUE);  // nobody would see why
  }
  general_.say(complaint_about(complaints, ""), Remark::Tone::error);
  detection_->refresh();
  refreshing_ = false;
}

}  // namespace l2tp::editor
