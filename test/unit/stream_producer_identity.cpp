// How the server recognises an addition, and what it may forget.
#include "stream/producer_identity.hpp"

#include "support/catch.hpp"
#include "support/scene.hpp"

#include <set>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using scene::code_of;
using sluice::addition_in_series;
using sluice::errc;
using sluice::once_mark;
using sluice::producer_identity;

constexpr sluice::clock::time_point noon{12h};

TEST_CASE("the record of a series is named by stream, producer and incarnation") {
  producer_identity who("billing-api", 24h, 0xabc);
  addition_in_series first, second, other;
  const auto mark = who.mark("orders", noon, first);
  CHECK(mark.record == "orders:once:billing-api#0000000000000abc");
  CHECK(mark.field == "0");
  CHECK(mark.memory == 24h);
  CHECK(who.mark("orders", noon, second).field == "1");
  CHECK(who.mark("parcels", noon, other).field == "0");
}

TEST_CASE("the record of a key of one's own is named by stream, producer and key") {
  const producer_identity who("billing-api", 90min, 1);
  const auto mark = who.mark("orders", "order 17");
  CHECK(mark.record == "orders:once:billing-api:order 17");
  CHECK(mark.field.empty());
  CHECK(mark.memory == 90min);
  CHECK(mark.forget_from.empty());
}

TEST_CASE("names that would divide the names of keys otherwise are refused") {
  const auto refused = [](const std::string& name, std::chrono::milliseconds memory) {
    return code_of([&] { producer_identity(name, memory, 1); }) == errc::invalid_argument;
  };
  for (const std::string name : {"", "a:b", "a#b", "a{b", "a}b"}) CHECK(refused(name, 1h));
  CHECK(refused(std::string(129, 'n'), 1h));
  CHECK_FALSE(refused(std::string(128, 'n'), 1h));
  CHECK(refused("n", 999ms));
  CHECK(refused("n", 24h * 367));
  CHECK_FALSE(refused("n", 1s));
}

TEST_CASE("the first of a series makes the record last, and so does one after hours") {
  producer_identity who("p", 1h, 1);
  const auto lasts_anew = [&](sluice::clock::time_point at) {
    addition_in_series done;
    return !who.mark("s", at, done).forget_from.empty();
  };
  CHECK(lasts_anew(noon));
  CHECK_FALSE(lasts_anew(noon + 1h));
  CHECK(lasts_anew(noon + 6h));
  CHECK_FALSE(lasts_anew(noon + 7h));
}

TEST_CASE("what may be repeated is never forgotten, and what is finished soon is") {
  producer_identity who("p", 1h, 1);
  std::set<std::uint64_t> on_server, under_way_numbers;
  std::vector<std::pair<std::uint64_t, addition_in_series>> under_way;
  std::uint64_t dice = 1;
  std::size_t most = 0;
  for (int i = 0; i < 20'000; ++i) {
    addition_in_series life;
    const auto mark = who.mark("s", noon, life);
    const auto number = std::stoull(mark.field);
    on_server.insert(number);
    under_way.emplace_back(number, std::move(life));
    if (!mark.forget_from.empty()) {
      const auto from = std::stoull(mark.forget_from);
      for (auto each = from; each < from + mark.forget_count; ++each) on_server.erase(each);
    }
    dice = dice * 6364136223846793005U + 1442695040888963407U;
    // Between nothing and a hundred are under way, and they end in any order.
    while (under_way.size() > (dice >> 33U) % 100) {
      under_way.erase(under_way.begin() +
                      static_cast<std::ptrdiff_t>((dice >> 40U) % under_way.size()));
    }
    for (const auto& [which, each] : under_way) CHECK(on_server.contains(which));
    most = std::max(most, on_server.size());
  }
  CHECK(most < 1'000);
}

TEST_CASE("a series outlives its producer while something is under way") {
  addition_in_series left;
  {
    producer_identity who("p", 1h, 1);
    who.mark("s", noon, left);
  }
  addition_in_series moved = std::move(left);
  left = addition_in_series();
}

}  // namespace
