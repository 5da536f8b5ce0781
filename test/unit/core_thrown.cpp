// What somebody's exception was.

#include "support/catch.hpp"

#include <sluice/core/thrown.hpp>

#include <stdexcept>

namespace {

using sluice::thrown_is;
using sluice::thrown_text;

TEST_CASE("an exception is of its own type and of those it is derived from, and of no other") {
  const auto failure = std::make_exception_ptr(std::out_of_range("too far"));
  CHECK(thrown_is<std::out_of_range>(failure));
  CHECK(thrown_is<std::logic_error>(failure));
  CHECK_FALSE(thrown_is<std::runtime_error>(failure));
  CHECK_FALSE(thrown_is<int>(failure));
  CHECK(thrown_is<int>(std::make_exception_ptr(7)));
}

TEST_CASE("an exception says what it says, and one that is none says that") {
  CHECK(thrown_text(std::make_exception_ptr(std::out_of_range("too far"))) == "too far");
  CHECK(thrown_text(std::make_exception_ptr(7)) == "an exception of no known type");
}

}  // namespace
