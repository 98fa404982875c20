// C objects held by RAII: the one place that frees what GLib and its kin hand out.
#pragma once

#include <gio/gio.h>

#include <memory>
#include <string>
#include <utility>

namespace l2tp {

struct Unref {
  void operator()(gpointer object) const { g_object_unref(object); }
};
// A GObject reference that we own.
template <typename T>
using ObjectRef = std::unique_ptr<T, Unref>;

template <typename T>
ObjectRef<T> share(T* object) {
  return ObjectRef<T>{static_cast<T*>(g_object_ref(object))};
}

struct FreeError {
  void operator()(GError* error) const { g_error_free(error); }
};
using ErrorPtr = std::unique_ptr<GError, FreeError>;

struct UnrefVariant {
  void operator()(GVariant* variant) const { g_variant_unref(variant); }
};
using VariantPtr = std::unique_ptr<GVariant, UnrefVariant>;

struct FreeMemory {
  void operator()(void* memory) const { g_free(memory); }
};
using CharPtr = std::unique_ptr<char, FreeMemory>;

struct FreeStrings {
  void operator()(char** strings) const { g_strfreev(strings); }
};
using Strings = std::unique_ptr<char*, FreeStrings>;  // ends with nullptr

// A source of the main loop, removed when it goes.
class Source {
 public:
  Source() = default;
  explicit Source(guint id) : id_(id) {}
  Source(Source&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Source& operator=(Source&& other) noexcept {
    if (this != &other) {
      reset();
      id_ = std::exchange(other.id_, 0);
    }
    return *this;
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() { reset(); }

  explicit operator bool() const { return id_ != 0; }
  void reset() {
    if (id_ != 0) g_source_remove(std::exchange(id_, 0));
  }
  // For a callback that removes its own source by what it returns.
  void forget() { id_ = 0; }

 private:
  guint id_ = 0;
};

// A signal handler, disconnected when it goes. Holds a reference to the instance.
class SignalHandler {
 public:
  SignalHandler() = default;
  SignalHandler(gpointer instance, gulong id) : instance_(share(G_OBJECT(instance))), id_(id) {}
  SignalHandler(SignalHandler&& other) noexcept
      : instance_(std::move(other.instance_)), id_(std::exchange(other.id_, 0)) {}
  SignalHandler& operator=(SignalHandler&& other) noexcept {
    if (this != &other) {
      reset();
      instance_ = std::move(other.instance_);
      id_ = std::exchange(other.id_, 0);
    }
    return *this;
  }
  SignalHandler(const SignalHandler&) = delete;
  SignalHandler& operator=(const SignalHandler&) = delete;
  ~SignalHandler() { reset(); }

  void reset() {
    const auto id = std::exchange(id_, 0);
    // GTK 3 takes all handlers from a widget that is destroyed.
    if (id != 0 && g_signal_handler_is_connected(instance_.get(), id) != FALSE)
      g_signal_handler_disconnect(instance_.get(), id);
    instance_.reset();
  }

 private:
  ObjectRef<GObject> instance_;
  gulong id_ = 0;
};

// Cancels an asynchronous call of GIO when its owner goes, so that no callback meets a dead object: the
// callback asks `cancelled(result)` first.
class Cancellable {
 public:
  Cancellable() : object_(g_cancellable_new()) {}
  Cancellable(const Cancellable&) = delete;
  Cancellable& operator=(const Cancellable&) = delete;
  ~Cancellable() { g_cancellable_cancel(object_.get()); }

  [[nodiscard]] GCancellable* get() const { return object_.get(); }

 private:
  ObjectRef<GCancellable> object_;
};

inline bool was_cancelled(const GError* error) {
  return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) != FALSE;
}

}  // namespace l2tp
