#pragma once

#include <bpf/libbpf.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace bpf {

struct LinkDeleter {
  void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};
using Link = std::unique_ptr<bpf_link, LinkDeleter>;

// Somebody who must let go when the object closes.
class Closable {
 public:
  virtual ~Closable() = default;
  virtual void Close() = 0;
};

// Owns the libbpf object and its links. BpfObject, its readers and its streams share it; after Close() `get()` is null
// and all of them refuse. Used by one thread only.
class ObjectHandle {
 public:
  ObjectHandle(bpf_object* object, std::string file) : object_(object), file_(std::move(file)) {}
  ~ObjectHandle() { Close(); }
  ObjectHandle(const ObjectHandle&) = delete;
  ObjectHandle& operator=(const ObjectHandle&) = delete;

  bpf_object* get() const { return object_; }
  const std::string& file() const { return file_; }
  std::vector<Link>& links(const bpf_program* program) { return links_[program]; }
  // `dependent` removes itself when it closes first.
  void Add(Closable* dependent) { dependents_.insert(dependent); }
  void Remove(Closable* dependent) { dependents_.erase(dependent); }

  // Ends the streams, detaches, frees programs and maps. Twice is fine.
  void Close() {
    for (auto dependents = std::exchange(dependents_, {}); Closable* dependent : dependents) dependent->Close();
    links_.clear();
    if (object_ != nullptr) bpf_object__close(std::exchange(object_, nullptr));
  }

 private:
  bpf_object* object_;
  const std::string file_;
  std::map<const bpf_program*, std::vector<Link>> links_;
  std::set<Closable*> dependents_;
};

}  // namespace bpf
