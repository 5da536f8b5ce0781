#include "app/carriers.hpp"

#include <map>
#include <mutex>
#include <utility>

namespace sluice::carriers {
namespace {

struct catalogue {
  std::mutex busy;
  std::map<std::string, reader, std::less<>> known;

  static catalogue& only() {
    static catalogue one;
    return one;
  }
};

}  // namespace

void teach(const std::string& scheme, reader how) {
  auto& all = catalogue::only();
  const std::lock_guard lock(all.busy);
  all.known.insert_or_assign(scheme, std::move(how));
}

std::optional<carrier> read(std::string_view url) {
  auto& all = catalogue::only();
  reader how;
  {
    const std::lock_guard lock(all.busy);
    const auto found = all.known.find(url.substr(0, url.find("://")));
    if (found == all.known.end()) return std::nullopt;
    how = found->second;
  }
  return how(url);
}

}  // namespace sluice::carriers
