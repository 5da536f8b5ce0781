// Rows of texts as lines with columns.
#pragma once

#include <string>
#include <vector>

namespace sluice::cli {

using row = std::vector<std::string>;

/// Every row has as many cells as the first; each column is as wide as its widest cell. Cells may
/// hold anything: they are made readable.
std::vector<std::string> lines_of(const std::vector<row>& rows);

}  // namespace sluice::cli
