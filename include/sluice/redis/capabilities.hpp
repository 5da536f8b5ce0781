// What the server at the other end can do, asked at each connect and never guessed from a version.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Commands beyond Redis 6.2 that Sluice uses when they are there.
enum class feature : unsigned char {
  xackdel,  ///< Redis 8.2: acknowledge and delete in one step.
  xdelex,   ///< Redis 8.2: delete by reference policy.
  xnack,    ///< Redis 8.8: give a pending entry back.
  xcfgset,  ///< Redis 8.6: idempotent XADD (IDMP).
  waitaof,  ///< Redis 7.2: wait for the append-only file.
  delex,    ///< Redis 8.4: compare and delete.
  hsetex,   ///< Redis 8.0: hash fields that expire.
  increx,   ///< Redis 8.8: bounded increment with expiry.
};

/// How many features there are.
inline constexpr std::size_t feature_count = 8;

/// The command's name, such as "XACKDEL".
std::string_view to_string(feature what) noexcept;

/// Whether changes of keys are pushed to this connection ("doorbell").
enum class doorbell_state : unsigned char {
  absent,    ///< Refused, or tried and silent: readers poll or block instead.
  unproven,  ///< Granted, but the probe could not write: used, with the slow poll as a net.
  proven,    ///< The probe's push arrived.
};

/// A version in three numbers.
struct server_version {
  std::uint32_t major_number = 0;
  std::uint32_t minor_number = 0;
  std::uint32_t patch_number = 0;

  /// Reads "7.0.15"; missing parts are 0, so that "7.2-rc1" compares as 7.2.0.
  static server_version parse(std::string_view text) noexcept;
  friend auto operator<=>(const server_version&, const server_version&) = default;
};

/// What one server can do; a value taken at connect.
///
/// Thread rule: a value.
class capabilities {
 public:
  /// "redis", "valkey", …, as the server names itself; empty before the first connect.
  const std::string& server() const noexcept { return server_; }
  /// The version as the server writes it.
  const std::string& version_text() const noexcept { return version_text_; }
  /// The version in numbers.
  server_version version() const noexcept { return server_version::parse(version_text_); }
  /// "standalone", "cluster" or "sentinel".
  const std::string& mode() const noexcept { return mode_; }
  /// The server's number for this connection (`CLIENT ID`), 0 when it did not say.
  std::int64_t client_id() const noexcept { return client_id_; }
  /// Whether the server knows a command. False too where the ACL user may not ask.
  bool has(feature what) const noexcept { return known_[static_cast<std::size_t>(what)]; }
  /// Whether readers can be woken by pushes.
  doorbell_state doorbell() const noexcept { return doorbell_; }
  /// Why the doorbell is absent or unproven, in words.
  const std::string& doorbell_reason() const noexcept { return doorbell_reason_; }
  /// One line: "redis 7.0.15 standalone, doorbell proven, WAITAOF no, …".
  std::string to_string() const;

 private:
  friend class handshake;

  std::string server_, version_text_, mode_;
  std::int64_t client_id_ = 0;
  std::array<bool, feature_count> known_{};
  doorbell_state doorbell_ = doorbell_state::absent;
  std::string doorbell_reason_ = "not connected yet";
};

}  // namespace sluice
