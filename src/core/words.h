// Sentences for people, in their language: gettext, domain GETTEXT_PACKAGE ("nm-l2tp").
//
// What a program shows is marked where it stands: _("..."), C_("context", "...") for a word that says too
// little alone, N_("...") in a constant table, whose rows `translated` says. Values take the place of "{0}",
// "{1}", so that a translation may order them as its language does. Nothing is translated in a program that
// never calls setlocale: the service's journal and records are English.
#pragma once

#include <glib/gi18n-lib.h>

#include <initializer_list>
#include <string>
#include <string_view>

namespace l2tp {

// Says where the translations lie. Each program and module calls it once, before the first sentence.
void use_translations();

// The translation of a text that N_() marks.
std::string translated(std::string_view marked);

// `sentence` with values[0] in the place of "{0}", values[1] in that of "{1}". A value's own braces are no
// places.
std::string fill(std::string_view sentence, std::initializer_list<std::string_view> values);

}  // namespace l2tp
