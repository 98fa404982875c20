#include "service/ipsec/stroke_client.h"

#include <gio/gunixsocketaddress.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace l2tp {

namespace {

constexpr std::size_t longest_line = 4096;

// How stroke_msg_t begins. A string is an offset from there.
struct Beginning {
  std::uint16_t length;  // bytes of all
  int type;
  int verbosity;  // what of the log charon tells; -1: nothing, and it does not wait
  union {
    char* name;
    struct {
      int flags;
      char* name;
    } part;
  };
};
constexpr std::size_t behind_every_version = 2048;  // that of 5.9.8 is shorter than 1024 bytes

}  // namespace

std::string bytes_of(const StrokeRequest& request) {
  std::string bytes(behind_every_version, '\0');
  bytes.append(request.name).push_back('\0');

  Beginning beginning{};
  beginning.length = static_cast<std::uint16_t>(bytes.size());
  beginning.type = static_cast<int>(request.command);
  beginning.verbosity = request.quiet ? -1 : 1;
  auto* name = reinterpret_cast<char*>(behind_every_version);  // NOLINT(performance-no-int-to-ptr)
  if (request.flags != 0)
    beginning.part = {request.flags, name};
  else
    beginning.name = name;
  std::memcpy(bytes.data(), &beginning, sizeof beginning);
  return bytes;
}

Result<std::unique_ptr<StrokeClient>, std::string> StrokeClient::ask(const std::string& path,
                                                                     const StrokeRequest& request,
                                                                     Handlers handlers) {
  // A local socket connects or refuses at once, and takes so short a request whole.
  const ObjectRef<GSocketClient> client{g_socket_client_new()};
  const ObjectRef<GSocketAddress> address{g_unix_socket_address_new(path.c_str())};
  GError* raw = nullptr;
  ObjectRef<GSocketConnection> connection{
      g_socket_client_connect(client.get(), G_SOCKET_CONNECTABLE(address.get()), nullptr, &raw)};
  ErrorPtr error{raw};
  if (!connection) return Unexpected{std::string{error->message}};

  raw = nullptr;
  const auto bytes = bytes_of(request);
  auto* output = g_io_stream_get_output_stream(G_IO_STREAM(connection.get()));
  g_output_stream_write_all(output, bytes.data(), bytes.size(), nullptr, nullptr, &raw);
  error.reset(raw);
  if (error) return Unexpected{std::string{error->message}};
  return std::make_unique<StrokeClient>(std::move(connection), std::move(handlers));
}

StrokeClient::StrokeClient(ObjectRef<GSocketConnection> connection, Handlers handlers)
    : connection_(std::move(connection)), handlers_(std::move(handlers)) {
  read_on();
}

void StrokeClient::read_on() {
  g_input_stream_read_bytes_async(g_io_stream_get_input_stream(G_IO_STREAM(connection_.get())), longest_line,
                                  G_PRIORITY_DEFAULT, cancellable_.get(), on_read, this);
}

void StrokeClient::on_read(GObject* source, GAsyncResult* result, gpointer self) {
  GError* raw = nullptr;
  GBytes* bytes = g_input_stream_read_bytes_finish(G_INPUT_STREAM(source), result, &raw);
  const ErrorPtr error{raw};
  if (bytes == nullptr && was_cancelled(error.get())) return;
  gsize size = 0;
  const auto* data = bytes == nullptr ? nullptr : static_cast<const char*>(g_bytes_get_data(bytes, &size));
  const std::string text = size > 0 ? std::string{data, size} : std::string{};
  if (bytes != nullptr) g_bytes_unref(bytes);

  auto* client = static_cast<StrokeClient*>(self);
  if (!text.empty()) {
    client->read_on();
    return client->take(text);
  }
  const auto done = std::move(client->handlers_.done);
  if (done) done();
}

void StrokeClient::take(std::string_view text) {
  std::string lines = std::move(pending_);
  lines += text;
  pending_.clear();
  const auto line = handlers_.line;  // a copy: a line may end this object
  const std::weak_ptr<bool> alive = alive_;
  std::size_t start = 0;
  for (auto end = lines.find('\n'); end != std::string::npos; end = lines.find('\n', start)) {
    if (line) line(std::string_view{lines}.substr(start, end - start));
    if (alive.expired()) return;
    start = end + 1;
  }
  pending_ = lines.substr(start);
  if (pending_.size() > longest_line) pending_.clear();
}

}  // namespace l2tp
