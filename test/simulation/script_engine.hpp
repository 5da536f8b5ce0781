// Runs the scripts that clients send, with the language that a Redis server embeds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct lua_State;

namespace sluice::simulation {

/// Lua 5.1 with `redis.call` and `redis.pcall`. It knows no server: commands go to a handler and
/// come back as the text of a reply; values are converted as redis.io, "Lua API reference" says for
/// RESP2, which is what scripts are answered in unless they ask for more.
class script_engine {
 public:
  using words = std::vector<std::string>;
  /// Executes a command of a script; gives back the reply as the server writes it.
  using command_handler = std::function<std::string(const words&)>;

  script_engine();
  script_engine(const script_engine&) = delete;
  script_engine& operator=(const script_engine&) = delete;

  /// Keeps a script; gives back the digest by which it is called.
  std::string load(const std::string& text);
  bool knows(const std::string& digest) const;
  /// As SCRIPT FLUSH does.
  void forget_all();
  /// The reply of a script that is known.
  std::string run(const std::string& digest, const words& keys, const words& arguments,
                  command_handler handler);

 private:
  struct closer {
    void operator()(lua_State* state) const noexcept;
  };
  static int on_call(lua_State* state);
  static int on_protected_call(lua_State* state);
  int call(bool is_protected);
  void set_list(const char* name, const words& list);

  std::unique_ptr<lua_State, closer> state_;
  command_handler handler_;
};

}  // namespace sluice::simulation
