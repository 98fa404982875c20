#include "probe/run.h"

#include <gio/gnetworking.h>
#include <glib-unix.h>
#include <openssl/rand.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "core/words.h"

namespace l2tp::probe {

namespace {

Milliseconds clock_now() {
  return Milliseconds{g_get_monotonic_time() / 1000};
}

void fill_with_random(std::span<std::uint8_t> bytes) {
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
}

// errno says that the network or the host can't be reached.
bool is_no_way(int error) {
  return error == EHOSTUNREACH || error == ENETUNREACH || error == EACCES || error == EPERM;
}

}  // namespace

// A UDP socket that is connected to the server: what comes from elsewhere never reaches us.
class Run::Socket {
 public:
  Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }

  // 0, or errno.
  int open(GInetAddress* address, std::uint16_t server_port, std::uint16_t source_port) {
    const bool ipv6 = g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6;
    fd_ = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd_ < 0) return errno;
    // ICMP's errors are for us to see, also those that a socket does not hear of by itself.
    const int on = 1;
    setsockopt(fd_, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof on);
    if (source_port != 0) {
      const ObjectRef<GInetAddress> any{g_inet_address_new_any(g_inet_address_get_family(address))};
      if (const int error = with_name(any.get(), source_port, bind); error != 0) return error;
    }
    return with_name(address, server_port, connect);
  }

  [[nodiscard]] int fd() const { return fd_; }

  void send(const ike::Bytes& packet) const {
    // The first attempt may fail with the error of an earlier packet.
    if (::send(fd_, packet.data(), packet.size(), 0) < 0) (void)!::send(fd_, packet.data(), packet.size(), 0);
  }

  // The size of the next packet, or -1 with errno.
  ssize_t receive(std::span<std::uint8_t> buffer) const { return recv(fd_, buffer.data(), buffer.size(), 0); }

  // Empties the queue of errors, for as long as something is there the socket is said to be readable; the
  // last one, or 0.
  [[nodiscard]] int errors() const {
    int error = 0;
    for (;;) {
      std::array<char, 512> control{};
      msghdr message{};
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      if (recvmsg(fd_, &message, MSG_ERRQUEUE) < 0) return error;
      for (auto* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item)) {
        const bool ours = (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR) ||
                          (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR);
        std::uint32_t number = 0;  // the first field of struct sock_extended_err
        if (!ours) continue;
        std::memcpy(&number, CMSG_DATA(item), sizeof number);
        error = static_cast<int>(number);
      }
    }
  }

 private:
  template <typename Call>
  int with_name(GInetAddress* address, std::uint16_t port, Call call) const {
    const ObjectRef<GSocketAddress> name{g_inet_socket_address_new(address, port)};
    sockaddr_storage native{};
    const auto size = g_socket_address_get_native_size(name.get());
    g_socket_address_to_native(name.get(), &native, sizeof native, nullptr);
    return call(fd_, reinterpret_cast<sockaddr*>(&native), static_cast<socklen_t>(size)) == 0 ? 0 : errno;
  }

  int fd_ = -1;
};

Run::Run(std::string host, const Options& options, Changed changed, Done done)
    : host_(std::move(host)), options_(options), changed_(std::move(changed)), done_(std::move(done)) {
  const ObjectRef<GResolver> resolver{g_resolver_get_default()};
  g_resolver_lookup_by_name_async(resolver.get(), host_.c_str(), cancellable_.get(), on_resolved, this);
}

Run::~Run() = default;

void Run::on_resolved(GObject* source, GAsyncResult* result, gpointer self) {
  GError* raw = nullptr;
  GList* addresses = g_resolver_lookup_by_name_finish(G_RESOLVER(source), result, &raw);
  const ErrorPtr error{raw};
  if (was_cancelled(error.get())) return;
  auto* run = static_cast<Run*>(self);
  if (error) return run->fail(fill(_("its name does not resolve: {0}"), {error->message}));
  // xl2tpd knows IPv4 alone, so that is the address which a connection will use.
  GList* chosen = addresses;
  for (GList* item = addresses; item != nullptr; item = item->next) {
    if (g_inet_address_get_family(G_INET_ADDRESS(item->data)) != G_SOCKET_FAMILY_IPV4) continue;
    chosen = item;
    break;
  }
  run->address_ = share(G_INET_ADDRESS(chosen->data));
  g_resolver_free_addresses(addresses);
  const CharPtr text{g_inet_address_to_string(run->address_.get())};
  run->outcome_.address = text.get();
  run->begin(run->options_.plan, run->options_.source_port);
}

void Run::fail(std::string why) {
  const auto done = std::move(done_);
  done(Unexpected{std::move(why)});  // may end this run
}

void Run::begin(const Plan& plan, std::uint16_t source_port) {
  packets_.reset();
  socket_ = std::make_unique<Socket>();
  if (const int error = socket_->open(address_.get(), options_.server_port, source_port); error != 0) {
    if (only_checking_) {
      outcome_.from_port_500 = error == EACCES ? Outcome::Port500::forbidden : Outcome::Port500::taken;
      return report();
    }
    if (source_port != 0 && (error == EACCES || error == EADDRINUSE))
      return fail("UDP port " + std::to_string(source_port) +
                  (error == EACCES ? " is for root alone" : " is in use by another program"));
    return fail(fill(_("nothing can be sent to it: {0}"), {std::strerror(error)}));
  }
  packets_ =
      Source{g_unix_fd_add(socket_->fd(), static_cast<GIOCondition>(G_IO_IN | G_IO_ERR), on_packet, this)};
  interview_ = std::make_unique<Interview>(
      plan, [this](const ike::Bytes& packet) { socket_->send(packet); }, fill_with_random);
  interview_->begin(clock_now());
  after_event();
}

gboolean Run::on_packet(gint, GIOCondition, gpointer self) {
  static_cast<Run*>(self)->receive();
  return G_SOURCE_CONTINUE;
}

void Run::receive() {
  std::array<std::uint8_t, 65536> buffer{};
  for (int packets = 0; packets < 64; ++packets) {
    const auto size = socket_->receive(buffer);
    if (size >= 0) {
      interview_->take({buffer.data(), static_cast<std::size_t>(size)}, clock_now());
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      break;
    } else if (errno == ECONNREFUSED || is_no_way(errno)) {
      interview_->take_unreachable(errno == ECONNREFUSED, clock_now());
    }
  }
  if (const int error = socket_->errors(); error == ECONNREFUSED || is_no_way(error))
    interview_->take_unreachable(error == ECONNREFUSED, clock_now());
  after_event();
}

gboolean Run::on_timer(gpointer self) {
  auto* run = static_cast<Run*>(self);
  run->timer_.forget();
  run->interview_->advance(clock_now());
  run->after_event();
  return G_SOURCE_REMOVE;
}

void Run::after_event() {
  if (interview_->is_over()) return conclude();
  if (changed_ && !only_checking_) changed_(interview_->findings());
  const auto wait = std::max(interview_->wakes_at() - clock_now(), Milliseconds{1});
  timer_ = Source{g_timeout_add(static_cast<guint>(wait.count()), on_timer, this)};
}

// Called from a callback of `packets_` or `timer_`, either of which goes here.
void Run::conclude() {
  timer_.reset();
  const bool heard = interview_->findings().verdict() != Verdict::silent;
  if (only_checking_) {
    only_checking_ = false;
    outcome_.from_port_500 = heard ? Outcome::Port500::answers : Outcome::Port500::silent;
    if (!heard || stopped_) return report();
    options_.source_port = 500;
    return begin(options_.plan, options_.source_port);
  }
  outcome_.findings = interview_->findings();
  if (!heard && options_.source_port == 0 && !options_.plan.first_only && !stopped_)
    return ask_from_port_500();
  report();
}

void Run::ask_from_port_500() {
  only_checking_ = true;
  begin({.first_only = true}, 500);
}

void Run::report() {
  packets_.reset();
  timer_.reset();
  const auto done = std::move(done_);
  done(std::move(outcome_));  // may end this run
}

void Run::stop() {
  if (!done_) return;
  if (interview_ == nullptr) {  // its name is still being looked up
    g_cancellable_cancel(cancellable_.get());
    return fail("it was interrupted");
  }
  stopped_ = true;
  interview_->stop(clock_now());
  after_event();
}

}  // namespace l2tp::probe
