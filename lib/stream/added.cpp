#include "stream/added.hpp"

#include "stream/outlet.hpp"

#include <algorithm>

namespace sluice {
namespace {

error about(errc code, const char* why, const std::string& stream) {
  return error(code, diagnostics(why).command("XADD").stream(stream));
}

// The server refuses ids that do not grow with a plain ERR; to the caller it is a bad argument.
[[noreturn]] void rethrow_add_error(const error& why, const std::string& stream) {
  const bool id_too_small =
      why.which() == errc::server_error &&
      why.why().server_text().find("ID specified in XADD") != std::string::npos;
  auto code = id_too_small ? make_error_code(errc::invalid_argument) : why.code();
  throw error(code, diagnostics(why.why()).stream(stream));
}

void check_durability(const resp::value& waited, const durability& stored,
                      const std::string& stream, std::string_view ids) {
  const std::string first_id(ids.substr(0, ids.find(' ')));
  if (waited.is_error()) {
    throw error(classify_server_error(waited.text()),
                diagnostics("stored on the master, but the wait for its copies failed")
                    .server_text(std::string(waited.text()))
                    .stream(stream)
                    .id(first_id));
  }
  if (const auto shortfall = durability_shortfall(waited, stored)) {
    throw error(shortfall->code(), diagnostics(shortfall->why()).stream(stream).id(first_id));
  }
}

}  // namespace

std::string_view ids_of(const call& operation, std::size_t at, const durability& stored,
                        const std::string& stream) {
  const auto& added = operation.reply_at(at).value();
  if (added.is_error()) rethrow_add_error(server_error(added, "XADD"), stream);
  if (added.is_null()) {
    throw about(errc::no_such_key, "the stream does not exist and was not to be made", stream);
  }
  const auto ids = added.text();
  if (stored.needs_wait()) {
    check_durability(operation.reply_at(at + 1).value(), stored, stream, ids);
  }
  return ids;
}

entry_id take_id(std::string_view& ids, const std::string& stream) {
  const auto end = std::min(ids.find(' '), ids.size());
  const auto id = entry_id::parse(ids.substr(0, end));
  if (!id) {
    throw about(errc::unexpected_reply, "XADD answered with something that is no id", stream);
  }
  ids.remove_prefix(std::min(end + 1, ids.size()));
  return *id;
}

}  // namespace sluice
