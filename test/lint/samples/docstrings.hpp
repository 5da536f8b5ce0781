// as: include/sluice/redis/sample.hpp
#pragma once
namespace sluice {

class forward;

class bare {  // expect: docstring
 public:
  void open();  // expect: docstring
 private:
  void hidden();
};

/// Says nothing of threads.
class careless {  // expect: docstring
 public:
  /// Does it.
  awaitable<void> run(int count = 1);  // expect: docstring, docstring, docstring
};

/// Says all.
///
/// Thread rule: a value.
template <class T>
class careful {
  int member_;

 public:
  using value_type = T;
  careful(const careful& other);
  careful& operator=(careful other);
  ~careful();
  /// Makes one.
  explicit careful(int count) : member_{count} {}
  /// Does it. Errors: `closed`. Cancellation: stops the waiting. Cost: one round trip.
  [[nodiscard]] awaitable<std::vector<T>> run() const;
  /// The same twice.
  awaitable<void> run_twice();  // expect: docstring, docstring, docstring
  /// Sets it.
  careful& count(int value);
  int count() const noexcept { return member_; }
  const T* begin() const;
  int length() const;  // expect: docstring
  bool empty() const;  ///< Nothing in it.
};

enum class color { red };  // expect: docstring, docstring
/// With meaning.
enum class shade {
  dark,  ///< Hardly any light.
  light  // expect: docstring
};

/// A plain bundle.
struct bundle {
  int number = 0;
  std::string text;
};

void loose();  // expect: docstring
/// Documented.
std::shared_ptr<forward> make();

namespace detail {
void internal();
}

}  // namespace sluice

template <>
struct std::hash<sluice::bare> {
  std::size_t operator()(const sluice::bare&) const;
};
