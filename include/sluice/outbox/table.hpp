// Which table staged messages lie in, and in whose format.
#pragma once

#include <string>

namespace sluice::outbox {

/// Who else reads and writes the table.
enum class table_layout : unsigned char {
  native,              ///< Sluice alone; `create_tables` makes it.
  telstar_peewee,      ///< telstar's peewee model: UUIDs as hex text, times as milliseconds.
  telstar_sqlalchemy,  ///< telstar's SQLAlchemy model: binary UUIDs, times as local timestamps.
};

/// The table of staged messages. One in telstar's format may be shared with Python programs: rows
/// are written, found due and marked as they do it. Such a table is made by its Python owner.
///
/// Thread rule: a value.
class table {
 public:
  /// `sluice_outbox`, as `create_tables` makes it.
  table() : table(table_layout::native) {}
  /// The table that the layout's owner makes by default: `sluice_outbox`, `stagedmessage` or
  /// `telstar_staged_message`.
  explicit table(table_layout layout);
  /// A table of another name.
  ///
  /// Throws `error` with `errc::invalid_argument` unless `name` is an SQL identifier of at most 63
  /// ASCII letters, digits and underscores, or two of them with a dot in between.
  table(table_layout layout, std::string name);

  /// Whose format it has.
  table_layout layout() const noexcept { return layout_; }
  /// Its name.
  const std::string& name() const noexcept { return name_; }

 private:
  table_layout layout_;
  std::string name_;
};

}  // namespace sluice::outbox
