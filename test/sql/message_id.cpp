// The UUIDs of messages: made, and read in all the spellings that Python reads.

#include "outbox/message_id.hpp"
#include "support/catch.hpp"

#include <sluice/core/random.hpp>

#include <set>

namespace {

using namespace sluice::outbox;

TEST_CASE("a new message id is a canonical random UUID of version 4") {
  const auto random = sluice::seeded_random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const auto id = new_message_id(random);
    REQUIRE(id.size() == 36);
    CHECK(id[14] == '4');
    CHECK(std::string("89ab").find(id[19]) != std::string::npos);
    CHECK(canonical_message_id(id) == id);
    seen.insert(id);
  }
  CHECK(seen.size() == 1'000);
}

TEST_CASE("every spelling that Python's uuid.UUID takes gives the canonical one") {
  const std::string canonical = "0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e";
  for (const auto* const spelling :
       {"0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e", "0B5C3A2E-94F1-4D26-8E9A-7C1F00D2AB3E",
        "0b5c3a2e94f14d268e9a7c1f00d2ab3e", "{0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e}",
        "urn:uuid:0b5c3a2e-94f1-4d26-8e9a-7c1f00d2ab3e"}) {
    CHECK(canonical_message_id(spelling) == canonical);
  }
  CHECK(digits_of(canonical) == "0b5c3a2e94f14d268e9a7c1f00d2ab3e");
}

TEST_CASE("what is no UUID has no canonical spelling") {
  for (const auto* const text :
       {"", "-", "order-17", "0b5c3a2e94f14d268e9a7c1f00d2ab3", "0b5c3a2e94f14d268e9a7c1f00d2ab3ef",
        "{}", "0b5c3a2e94f14d268e9a7c1f00d2ab3g"}) {
    CHECK_FALSE(canonical_message_id(text));
  }
  CHECK_FALSE(canonical_message_id(std::string(1'000'000, 'a')));
}

}  // namespace
