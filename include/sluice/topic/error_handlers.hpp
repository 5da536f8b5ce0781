// Who deals with which exception.
#pragma once

#include "sluice/group/delivery.hpp"

#include <exception>
#include <functional>
#include <optional>
#include <vector>

namespace sluice {

/// What becomes of an entry whose handler failed.
enum class verdict : unsigned char {
  acknowledge,  ///< It is acknowledged, but not remembered as settled: sent again, it is new.
  leave,        ///< It stays pending, and comes again to the member's next start, or to a claimer.
  rethrow,      ///< It stays pending, and `run()` throws the exception.
};

/// Handlers of exceptions by type. Of those that match an exception the most derived one is asked.
///
/// Thread rule: a value.
class error_handlers {
 public:
  /// Asks `handle` about exceptions of `Error` and of types derived from it. The later of two
  /// handlers of one type counts. What it throws counts as rethrown.
  template <class Error>
  void add(std::function<verdict(const Error&, const delivery&)> handle) {
    insert({[handle = std::move(handle)](const std::exception_ptr& thrown, const delivery& what) {
              std::optional<verdict> found;
              try {
                std::rethrow_exception(thrown);
              } catch (const Error& why) {
                found = handle(why, what);
              } catch (...) {
                // Somebody else's.
              }
              return found;
            },
            [] { throw static_cast<const Error*>(nullptr); },
            [](void (*throw_pointer)()) {
              try {
                throw_pointer();
              } catch (const Error*) {
                return true;
              } catch (...) {
                // A pointer to what is no Error.
              }
              return false;
            }});
  }

  /// What the handler of the exception's type says; empty where there is none.
  std::optional<verdict> judge(const std::exception_ptr& thrown, const delivery& what) const;

 private:
  struct handler {
    std::function<std::optional<verdict>(const std::exception_ptr&, const delivery&)> judge;
    // A thrown pointer is caught as a pointer to a base class: this tells, without any object,
    // which of two types is derived from the other.
    void (*throw_pointer)();
    bool (*catches)(void (*throw_pointer)());
  };
  void insert(handler fresh);

  std::vector<handler> handlers_;  // derived types before their bases
};

}  // namespace sluice
