// Rows of texts as lines with columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::cli {

using row = std::vector<std::string>;

/// Every row has as many cells as the first; each column is as wide as its widest cell, but none is
/// wider than 60: what is longer moves the rest of its own row alone. Cells may hold anything: they
/// are made readable. Where `sides` has an 'r' for a column, its cells stand on the right.
std::vector<std::string> lines_of(const std::vector<row>& rows, std::string_view sides = {});

}  // namespace sluice::cli
