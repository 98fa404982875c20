#include "editor/detection.h"

#include "core/settings.h"
#include "core/wording.h"
#include "core/words.h"
#include "probe/verdict.h"

namespace l2tp::editor {

namespace {

constexpr int detection_chars = 44;

ike::Authentication authentication_of(const Form& form) {
  return form.shown(ipsec_field) == "tls" ? ike::Authentication::rsa : ike::Authentication::psk;
}

GtkWidget* horizontal() {
  return gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
}

}  // namespace

Detection::Detection(Form& form, std::function<void()> use)
    : form_(form),
      use_(std::move(use)),
      box_(gtk_box_new(GTK_ORIENTATION_VERTICAL, 6)),
      // Translators: the button asks the server which algorithms it accepts.
      button_(gtk_button_new_with_label(C_("algorithms", "Detect"))),
      stop_(gtk_button_new_with_label(C_("detection", "Stop"))),
      bar_(gtk_progress_bar_new()),
      text_(wrapping_label("", 0, detection_chars)),
      // Translators: the button takes over the algorithms that were found.
      use_button_(gtk_button_new_with_label(_("Use the strongest"))) {
  const std::string tooltip =
      _("Asks the server which algorithms of phase 1 it accepts. It takes some seconds, logs nobody in and "
        "sends no secret.");
  gtk_widget_set_tooltip_text(button_, tooltip.c_str());
  gtk_widget_set_name(button_, "detect");
  gtk_widget_set_name(stop_, "stop-detecting");
  gtk_widget_set_name(use_button_, "use-detected");
  auto* buttons = horizontal();
  append(buttons, button_);
  append(buttons, stop_);
  append(buttons, use_button_);
  append(box_, buttons);
  append(box_, bar_);
  append(box_, text_);
  set_accessible(bar_, _("Progress of the detection"), "");
  clicked_ = on(button_, "clicked", [this] { start(); });
  stopped_ = on(stop_, "clicked", [this] {
    was_stopped_ = true;
    if (run_) run_->stop();
  });
  used_ = on(use_button_, "clicked", [this] { this->use(); });
}

Detection::~Detection() = default;

void Detection::refresh() {
  const bool asking = run_ != nullptr;
  const auto gateway = form_.shown("gateway");
  const bool askable = form_.applies(algorithms_field) && !gateway.empty() &&
                       !value_complaint(*find_key("gateway"), gateway, "gateway");
  // What was found belongs to one gateway and one kind of authentication.
  const bool current = gateway == gateway_ && authentication_of(form_) == authentication_;
  const bool usable = current && found_ && found_->strongest(authentication_of(form_)).has_value();
  gtk_widget_set_sensitive(button_, askable && !asking ? TRUE : FALSE);
  gtk_widget_set_visible(stop_, asking ? TRUE : FALSE);
  gtk_widget_set_visible(bar_, asking ? TRUE : FALSE);
  gtk_widget_set_visible(use_button_, !asking && usable ? TRUE : FALSE);
  if (!asking && !current) show("");
}

void Detection::show(const std::string& text) {
  gtk_label_set_text(GTK_LABEL(text_), text.c_str());
  gtk_widget_set_visible(text_, text.empty() ? FALSE : TRUE);
}

void Detection::start() {
  gateway_ = form_.shown("gateway");
  authentication_ = authentication_of(form_);
  found_.reset();
  was_stopped_ = false;
  const auto host = gateway_.starts_with('[') ? gateway_.substr(1, gateway_.size() - 2) : gateway_;
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(bar_), 0);
  show(_("Asking the server…"));
  run_ = std::make_unique<probe::Run>(
      host, probe::Run::Options{}, [this](const probe::Findings& findings) { show_progress(findings); },
      [this](const Result<probe::Outcome, std::string>& outcome) { finish(outcome); });
  refresh();
}

void Detection::show_progress(const probe::Findings& findings) {
  const auto known = findings.count(probe::Standing::accepted) + findings.count(probe::Standing::refused) +
                     findings.count(probe::Standing::unanswered);
  const auto all = probe::number_of_suites;
  gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(bar_),
                                static_cast<double>(known) / static_cast<double>(all));
  show(fill(_("Asking the server: {0} of {1} combinations, {2} accepted."),
            {std::to_string(known), std::to_string(all),
             std::to_string(findings.count(probe::Standing::accepted))}));
}

void Detection::finish(const Result<probe::Outcome, std::string>& outcome) {
  if (!outcome) {
    show(was_stopped_ ? "" : fill(_("The server cannot be asked: {0}."), {harmless(outcome.error())}));
  } else {
    found_ = outcome.value().findings;
    auto text = probe::verdict_text(outcome.value());
    if (const auto best = found_->strongest(authentication_of(form_)))
      text += " " + fill(_("The strongest is {0}."), {probe::ike_string(*best)});
    else if (found_->verdict() == probe::Verdict::accepts)
      text += " " + std::string{_("None of them is for this kind of authentication.")};
    show(harmless(text));
  }
  // It is the run that calls us: it goes when it has returned.
  const auto retire = +[](gpointer self) -> gboolean {
    auto* detection = static_cast<Detection*>(self);
    detection->retire_.forget();
    detection->run_.reset();
    detection->refresh();
    return G_SOURCE_REMOVE;
  };
  retire_ = Source{g_idle_add(retire, this)};
}

void Detection::use() {
  const auto best = found_ ? found_->strongest(authentication_of(form_)) : std::nullopt;
  if (!best) return;
  form_.set("ipsec-ike", probe::ike_string(*best));
  form_.set("ipsec-esp", probe::esp_string(*best));
  use_();
}

}  // namespace l2tp::editor
