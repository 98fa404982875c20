#include "service/ipsec/vici_client.h"

#include <gio/gunixsocketaddress.h>

#include <cstdint>
#include <utility>

namespace l2tp {

namespace {

enum Packet : char {
  cmd_request,
  cmd_response,
  cmd_unknown,
  event_register,
  event_unregister,
  event_confirm,
  event_unknown,
  event
};

constexpr std::size_t longest_packet = 512UL * 1024;  // as charon itself limits it

// Length, type, name, message; the length does not count itself. Nothing if the message cannot be encoded.
std::optional<Secret> packet_bytes(char type, std::string_view name, const vici::Section& message) {
  const auto body = vici::encode(message);
  if (!body || name.size() > 255) return std::nullopt;
  const auto length = static_cast<std::uint32_t>(2 + name.size() + body->view().size());
  std::string bytes;
  bytes.reserve(4 + length);
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(length >> shift & 0xff);
  bytes += type;
  bytes += static_cast<char>(name.size());
  bytes += name;
  bytes += body->view();
  Secret packet{bytes};
  explicit_bzero(bytes.data(), bytes.size());
  return packet;
}

Result<vici::Section, std::string> judged(vici::Section reply) {
  if (reply.get("success") != "no") return reply;
  const auto words = reply.get("errmsg");
  return Unexpected{words.empty() ? std::string{"refused without a reason"} : std::string{words}};
}

}  // namespace

Result<std::unique_ptr<ViciClient>, std::string> ViciClient::connect(const std::string& path,
                                                                     Handlers handlers) {
  // A local socket connects or refuses at once.
  const ObjectRef<GSocketClient> client{g_socket_client_new()};
  const ObjectRef<GSocketAddress> address{g_unix_socket_address_new(path.c_str())};
  GError* raw = nullptr;
  ObjectRef<GSocketConnection> connection{
      g_socket_client_connect(client.get(), G_SOCKET_CONNECTABLE(address.get()), nullptr, &raw)};
  const ErrorPtr error{raw};
  if (!connection) return Unexpected{std::string{error->message}};
  return std::make_unique<ViciClient>(std::move(connection), std::move(handlers));
}

ViciClient::ViciClient(ObjectRef<GSocketConnection> connection, Handlers handlers)
    : connection_(std::move(connection)), handlers_(std::move(handlers)) {
  read_header();
}

void ViciClient::request(std::string_view command, const vici::Section& message, Reply reply) {
  enqueue(cmd_request, command, message, std::move(reply));
}

void ViciClient::subscribe(std::string_view name, Reply reply) {
  // A registration is a name alone; an empty message adds no byte to it.
  enqueue(event_register, name, {}, std::move(reply));
}

void ViciClient::enqueue(char type, std::string_view name, const vici::Section& message, Reply reply) {
  auto packet = packet_bytes(type, name, message);
  if (!packet || lost_) {
    const std::string why =
        lost_ ? "its control socket is closed" : "a value is too long for the IPsec daemon";
    if (reply) reply(Unexpected{why});
    return;
  }
  queue_.push_back({std::move(*packet), std::move(reply)});
  if (queue_.size() == 1) send_next();
}

void ViciClient::send_next() {
  const auto bytes = queue_.front().packet.view();
  auto* stream = g_io_stream_get_output_stream(G_IO_STREAM(connection_.get()));
  g_output_stream_write_all_async(stream, bytes.data(), bytes.size(), G_PRIORITY_DEFAULT, cancellable_.get(),
                                  on_written, this);
}

void ViciClient::on_written(GObject* source, GAsyncResult* result, gpointer self) {
  GError* raw = nullptr;
  const bool written =
      g_output_stream_write_all_finish(G_OUTPUT_STREAM(source), result, nullptr, &raw) != FALSE;
  const ErrorPtr error{raw};
  if (!written && was_cancelled(error.get())) return;
  if (!written) static_cast<ViciClient*>(self)->lose(error->message);
}

void ViciClient::read_header() {
  auto* stream = g_io_stream_get_input_stream(G_IO_STREAM(connection_.get()));
  g_input_stream_read_all_async(stream, header_.data(), header_.size(), G_PRIORITY_DEFAULT,
                                cancellable_.get(), on_header, this);
}

void ViciClient::on_header(GObject* source, GAsyncResult* result, gpointer self) {
  GError* raw = nullptr;
  gsize size = 0;
  const bool done = g_input_stream_read_all_finish(G_INPUT_STREAM(source), result, &size, &raw) != FALSE;
  const ErrorPtr error{raw};
  if (!done && was_cancelled(error.get())) return;
  auto* client = static_cast<ViciClient*>(self);
  if (!done || size < client->header_.size())
    return client->lose(error ? error->message : "it closed its control socket");

  std::size_t length = 0;
  for (const auto byte : client->header_) length = length << 8 | byte;
  if (length == 0 || length > longest_packet) return client->lose("it sent a packet of impossible length");
  client->packet_.resize(length);
  g_input_stream_read_all_async(G_INPUT_STREAM(source), client->packet_.data(), length, G_PRIORITY_DEFAULT,
                                client->cancellable_.get(), on_packet, self);
}

void ViciClient::on_packet(GObject* source, GAsyncResult* result, gpointer self) {
  GError* raw = nullptr;
  gsize size = 0;
  const bool done = g_input_stream_read_all_finish(G_INPUT_STREAM(source), result, &size, &raw) != FALSE;
  const ErrorPtr error{raw};
  if (!done && was_cancelled(error.get())) return;
  auto* client = static_cast<ViciClient*>(self);
  if (!done || size < client->packet_.size())
    return client->lose(error ? error->message : "it closed its control socket");
  const std::weak_ptr<bool> alive = client->alive_;
  client->take_packet();
  if (!alive.expired()) client->read_header();
}

void ViciClient::take_packet() {
  std::string_view rest{packet_.data(), packet_.size()};
  const char type = rest.front();
  rest.remove_prefix(1);

  if (type == cmd_response) {
    auto message = vici::decode(rest);
    return message ? answer(judged(std::move(*message)))
                   : answer(Unexpected{std::string{"it sent a malformed reply"}});
  }
  if (type == event_confirm) return answer(vici::Section{});
  if (type == cmd_unknown) return answer(Unexpected{std::string{"it does not know the command"}});
  if (type == event_unknown) return answer(Unexpected{std::string{"it does not know the event"}});
  if (type != event || rest.empty()) return;

  const auto length = static_cast<std::uint8_t>(rest.front());
  if (rest.size() < 1U + length) return;
  const std::string name{rest.substr(1, length)};
  const auto message = vici::decode(rest.substr(1U + length));
  if (message && handlers_.event) handlers_.event(name, *message);
}

void ViciClient::answer(Result<vici::Section, std::string> result) {
  if (queue_.empty() || lost_) return;
  const auto reply = std::move(queue_.front().reply);
  queue_.pop_front();
  if (!queue_.empty()) send_next();
  if (reply) reply(std::move(result));
}

void ViciClient::lose(std::string why) {
  if (std::exchange(lost_, true)) return;
  // The packets stay: one may still be under way in the output stream.
  std::vector<Reply> replies;
  for (auto& pending : queue_) replies.push_back(std::exchange(pending.reply, {}));
  const auto handlers = std::exchange(handlers_, {});  // the replies may use what they hold
  const std::weak_ptr<bool> alive = alive_;
  for (const auto& reply : replies) {
    if (alive.expired()) return;
    if (reply) reply(Unexpected{why});
  }
  if (!alive.expired() && handlers.closed) handlers.closed(std::move(why));
}

}  // namespace l2tp
