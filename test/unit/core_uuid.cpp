// UUIDs: every form that Python's uuid.UUID reads, and the one that is written.

#include "support/catch.hpp"

#include <sluice/core/uuid.hpp>

#include <set>
#include <string>

namespace {

using sluice::uuid;

const std::string canonical = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";

TEST_CASE("a UUID is read in every form that Python reads, and written in one") {
  const std::string form = GENERATE(
      as<std::string>(), "f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
      "F81D4FAE-7DEC-41D0-A765-00A0C91E6BF6", "f81d4fae7dec41d0a76500a0c91e6bf6",
      "{f81d4fae-7dec-41d0-a765-00a0c91e6bf6}", "urn:uuid:f81d4fae-7dec-41d0-a765-00a0c91e6bf6",
      "uuid:F81D4FAE7dec41d0a76500a0c91e6bf6", "{urn:uuid:f81d4fae-7dec-41d0-a765-00a0c91e6bf6}",
      "f81d-4fae7dec41d0a76500a0c91e-6bf6");
  CAPTURE(form);
  const auto read = uuid::parse(form);
  REQUIRE(read);
  CHECK(read->to_string() == canonical);
}

TEST_CASE("what is no UUID is none") {
  const std::string text =
      GENERATE(as<std::string>(), "", "{}", "-", "urn:uuid:", "f81d4fae-7dec-41d0-a765-00a0c91e6bf",
               "f81d4fae-7dec-41d0-a765-00a0c91e6bf66", "f81d4fae-7dec-41d0-a765-00a0c91e6bfg",
               "f81d4fae-7dec-41d0-a765-00a0c91e6bf6 ", "(f81d4fae-7dec-41d0-a765-00a0c91e6bf6)",
               "f81d4fae_7dec_41d0_a765_00a0c91e6bf6", "0xf81d4fae7dec41d0a76500a0c91e6b");
  CAPTURE(text);
  CHECK_FALSE(uuid::parse(text));
  CHECK_FALSE(uuid::parse(canonical + std::string(1, '\0')));
  CHECK_FALSE(uuid::parse(std::string(1'000'000, '-') + canonical));
}

TEST_CASE("random ones are of version 4, of the given source, and differ") {
  std::set<std::string> made;
  const auto source = sluice::seeded_random(1);
  for (int i = 0; i < 1'000; ++i) {
    const auto text = uuid::random(source).to_string();
    REQUIRE(text.size() == 36);
    CHECK(text[14] == '4');
    CHECK(std::string("89ab").find(text[19]) != std::string::npos);
    CHECK(uuid::parse(text)->to_string() == text);
    made.insert(text);
  }
  CHECK(made.size() == 1'000);
  CHECK(uuid::random(sluice::seeded_random(1)) == uuid::random(sluice::seeded_random(1)));
}

TEST_CASE("the nil UUID is known") {
  CHECK(uuid().is_nil());
  CHECK(uuid().to_string() == "00000000-0000-0000-0000-000000000000");
  CHECK_FALSE(uuid::parse(canonical)->is_nil());
}

}  // namespace
