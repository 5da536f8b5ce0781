// Which of several error handlers is asked.

#include "support/catch.hpp"

#include <sluice/core/error.hpp>
#include <sluice/group/error_handlers.hpp>
#include <sluice/topic/malformed_message.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using sluice::delivery;
using sluice::error_handlers;
using sluice::verdict;

/// Handlers that note whose turn it was.
struct desk {
  template <class Error>
  void add(const std::string& name) {
    handlers.on<Error>([this, name](const Error&, const delivery&) {
      asked = name;
      return verdict::leave();
    });
  }
  template <class Error>
  std::string who_is_asked_about(const Error& thrown) {
    asked.clear();
    const auto found = handlers.judge(std::make_exception_ptr(thrown), nowhere());
    CHECK(found.has_value() == !asked.empty());
    return asked;
  }
  // Deliveries come from a server; no handler here looks at this one.
  static const delivery& nowhere() {
    alignas(delivery) static const std::byte place[sizeof(delivery)]{};
    return *reinterpret_cast<const delivery*>(place);
  }

  error_handlers handlers;
  std::string asked;
};

TEST_CASE("a verdict delays by nothing or more") {
  CHECK(verdict::nack().delay() == std::chrono::milliseconds(0));
  CHECK(verdict::nack(std::chrono::milliseconds(5)).delay() == std::chrono::milliseconds(5));
  CHECK_THROWS_AS(verdict::nack(std::chrono::milliseconds(-1)), sluice::error);
}

TEST_CASE("the most derived handler is asked, in whatever order they were added") {
  desk here;
  const bool base_first = GENERATE(true, false);
  if (base_first) here.add<std::exception>("exception");
  here.add<std::runtime_error>("runtime_error");
  here.add<sluice::malformed_message>("malformed_message");
  here.add<std::logic_error>("logic_error");
  here.add<sluice::error>("error");
  if (!base_first) here.add<std::exception>("exception");
  const sluice::malformed_message malformed(sluice::malformed_message::flaw::bad_id, "", "", "");
  CHECK(here.who_is_asked_about(malformed) == "malformed_message");
  CHECK(here.who_is_asked_about(sluice::error(sluice::errc::closed)) == "error");
  CHECK(here.who_is_asked_about(std::runtime_error("")) == "runtime_error");
  CHECK(here.who_is_asked_about(std::out_of_range("")) == "logic_error");
  CHECK(here.who_is_asked_about(std::bad_alloc()) == "exception");
  CHECK(here.who_is_asked_about(7).empty());
}

TEST_CASE("virtual bases are bases") {
  struct marked : virtual std::exception {};
  struct twice_marked : virtual marked {};
  desk here;
  here.add<std::exception>("exception");
  here.add<marked>("marked");
  CHECK(here.who_is_asked_about(twice_marked()) == "marked");
  here.add<twice_marked>("twice_marked");
  CHECK(here.who_is_asked_about(twice_marked()) == "twice_marked");
  CHECK(here.who_is_asked_about(marked()) == "marked");
}

TEST_CASE("the later of two handlers of one type counts") {
  desk here;
  here.add<std::runtime_error>("first");
  here.add<std::runtime_error>("second");
  CHECK(here.who_is_asked_about(std::runtime_error("")) == "second");
}

TEST_CASE("what a handler throws comes out") {
  error_handlers handlers;
  handlers.on<std::exception>([](const std::exception&, const delivery&) -> verdict {
    throw std::logic_error("of the handler");
  });
  CHECK_THROWS_AS(handlers.judge(std::make_exception_ptr(std::runtime_error("")), desk::nowhere()),
                  std::logic_error);
}

}  // namespace
