// Groups in tables and in JSON, for the verbs that show them.
#pragma once

#include "cli/facts_table.hpp"

#include <sluice/admin/stream_desk.hpp>

#include <string>

namespace sluice::cli {

/// "~1200" for one that is worked out.
std::string text_of(const admin::figure& count);

/// A table of groups, and one more in it.
facts_table table_of_groups();
void add_group(facts_table& table, const std::string& stream, const admin::group_facts& what);

}  // namespace sluice::cli
