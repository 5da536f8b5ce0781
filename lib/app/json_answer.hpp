// Answers as JSON text, one an element of a feedback list, as streamback's processes write them.
#pragma once

#include "app/answer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The elements, the first one to be pushed first; more than one where a value is the end as well.
/// `number` is for Sluice's processes alone. Throws `error` with `errc::invalid_argument` for a
/// value that is no JSON.
std::vector<std::string> write_answer_json(const answer& what);
/// Empty for what is no answer. As for streamback's readers, whatever is no end is a response.
std::optional<answer> read_answer_json(std::string_view text);

}  // namespace sluice
