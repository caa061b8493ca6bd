#pragma once

#include <linux/netlink.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

namespace ebpf {

/** An rtnetlink(7) request: its header, the family's header, and attributes. */
class RouteMessage {
 public:
  template <typename Header>
  RouteMessage(uint16_t type, uint16_t flags, const Header& header) : bytes_(NLMSG_HDRLEN) {
    append(&header, sizeof header);
    head().nlmsg_type = type;
    head().nlmsg_flags = static_cast<uint16_t>(flags | NLM_F_REQUEST);
  }

  void add(uint16_t type, const void* data, size_t size) {
    const nlattr attribute{static_cast<uint16_t>(NLA_HDRLEN + size), type};
    append(&attribute, sizeof attribute);
    append(data, size);
  }

  template <typename T>
  void add(uint16_t type, const T& value) {
    add(type, &value, sizeof value);
  }

  void add(uint16_t type, const char* text) { add(type, text, strlen(text) + 1); }

  /** An attribute that holds what `fill` adds. */
  void nest(uint16_t type, const std::function<void()>& fill) {
    const size_t at = bytes_.size();
    add(static_cast<uint16_t>(type | NLA_F_NESTED), nullptr, 0);
    fill();
    nlattr attribute;
    memcpy(&attribute, &bytes_[at], sizeof attribute);
    attribute.nla_len = static_cast<uint16_t>(bytes_.size() - at);
    memcpy(&bytes_[at], &attribute, sizeof attribute);
  }

  /** The whole message, with this sequence number. */
  const std::vector<char>& with_sequence(uint32_t sequence) {
    head().nlmsg_seq = sequence;
    head().nlmsg_len = static_cast<uint32_t>(bytes_.size());
    return bytes_;
  }

  bool is_dump() { return (head().nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP; }

 private:
  nlmsghdr& head() { return *reinterpret_cast<nlmsghdr*>(bytes_.data()); }

  void append(const void* data, size_t size) {
    const size_t at = bytes_.size();
    bytes_.resize(at + NLMSG_ALIGN(size));
    if (size > 0) memcpy(&bytes_[at], data, size);
  }

  std::vector<char> bytes_;
};

/**
 * The attribute of that type in the `size` bytes at `from`; null if there is none, or if the lengths are inconsistent.
 */
inline const nlattr* find_attribute(const void* from, size_t size, uint16_t type) {
  const char* at = static_cast<const char*>(from);
  while (size >= sizeof(nlattr)) {
    const auto* attribute = reinterpret_cast<const nlattr*>(at);
    const size_t length = NLA_ALIGN(attribute->nla_len);
    if (attribute->nla_len < NLA_HDRLEN || attribute->nla_len > size) return nullptr;
    if ((attribute->nla_type & NLA_TYPE_MASK) == type) return attribute;
    if (length > size) return nullptr;
    at += length;
    size -= length;
  }
  return nullptr;
}

/** The attribute of that type behind a message's family header. */
template <typename Header>
const nlattr* find_attribute(const nlmsghdr& message, uint16_t type) {
  constexpr size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(Header));
  if (message.nlmsg_len < header) return nullptr;
  return find_attribute(reinterpret_cast<const char*>(&message) + header, message.nlmsg_len - header, type);
}

inline const char* data_of(const nlattr& attribute) {
  return reinterpret_cast<const char*>(&attribute) + NLA_HDRLEN;
}
inline size_t size_of(const nlattr& attribute) {
  return attribute.nla_len - size_t{NLA_HDRLEN};
}

/** The attribute's value; 0 if there is none, or if it is too short. */
template <typename T>
T value_of(const nlattr* attribute, size_t index = 0) {
  T value{};
  if (attribute && size_of(*attribute) >= (index + 1) * sizeof value) {
    memcpy(&value, data_of(*attribute) + index * sizeof value, sizeof value);
  }
  return value;
}

inline std::string text_of(const nlattr* attribute) {
  if (!attribute) return {};
  return std::string(data_of(*attribute), strnlen(data_of(*attribute), size_of(*attribute)));
}

}  // namespace ebpf
