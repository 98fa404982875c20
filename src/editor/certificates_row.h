// The files of a certificate, chosen with libnma's choosers: CA, certificate, key, and the key's password.
#pragma once

#include "editor/row.h"

namespace l2tp::editor {

std::unique_ptr<Row> make_certificates_row(const Field& field, Form& form, Row::Changed changed);

}  // namespace l2tp::editor
