#include "sluice/outbox/table.hpp"

#include "outbox/identifier.hpp"

namespace sluice::outbox {
namespace {

const char* usual_name(table_layout layout) noexcept {
  switch (layout) {
    case table_layout::telstar_peewee:
      return "stagedmessage";
    case table_layout::telstar_sqlalchemy:
      return "telstar_staged_message";
    case table_layout::native:
      break;
  }
  return "sluice_outbox";
}

}  // namespace

table::table(table_layout layout) : layout_(layout), name_(usual_name(layout)) {}

table::table(table_layout layout, std::string name)
    : layout_(layout), name_(checked_identifier(name)) {}

}  // namespace sluice::outbox
