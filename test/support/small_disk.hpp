// A disk that is full soon.
#pragma once

#include <sys/resource.h>

#include <csignal>

namespace scene {

/// For as long as it lives, files of this process have room for so many bytes.
class small_disk {
 public:
  explicit small_disk(::rlim_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const ::rlimit small{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;
  ~small_disk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    std::signal(SIGXFSZ, before_);
  }

 private:
  ::rlimit limit_{};
  void (*before_)(int);
};

}  // namespace scene
