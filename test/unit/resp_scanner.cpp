#include "resp/scanner.hpp"

#include "support/catch.hpp"

#include <string>
#include <string_view>

using sluice::resp::fault_kind;
using sluice::resp::kind;
using sluice::resp::limits;
using sluice::resp::scanner;
using status = scanner::status;

TEST_CASE("a scanner finds the end of a reply that more bytes follow") {
  scanner scan;
  CHECK(scan.scan("*2\r\n$5\r\nhello\r\n:42\r\n+next\r\n") == status::complete);
  CHECK(scan.size() == 20);
  CHECK(scan.type() == kind::array);
}
