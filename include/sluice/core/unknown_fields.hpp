// What becomes of what a struct does not know.
#pragma once

namespace sluice {

/// What becomes of members of an object that a struct does not have.
enum class unknown_fields : unsigned char {
  refuse,  ///< They are wrong: a name misspelt must not go unnoticed where its member is optional.
  ignore,  ///< They are passed by: whoever sends may know more than whoever reads.
};

}  // namespace sluice
