// What names and numbers on the command line have to be like.
#pragma once

#include <functional>
#include <string>

namespace sluice::cli {

/// Empty when it is a name, else what is wrong, as a check of an option. A variable of a shell that
/// is not set makes an empty one.
std::string check_name(const std::string& text);

/// The same for how many: a whole number from 1 on.
std::string check_count(const std::string& text);

/// A check for numbers from `least` to `most`.
std::function<std::string(const std::string&)> check_between(double least, double most);

}  // namespace sluice::cli
