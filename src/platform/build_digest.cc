#include "platform/build_digest.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <link.h>

namespace freshet {
namespace {

constexpr std::size_t kDigestBytes = 8;

std::string hex(const unsigned char* bytes, std::size_t size) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 0xf];
  }
  return text;
}

// A note segment is a row of: three words (size of the name, size of the description, type), name, description; both
// padded to 4 bytes. GNU's build id is the description of the note "GNU" of type NT_GNU_BUILD_ID.
std::string build_id_in(const unsigned char* notes, std::size_t size) {
  constexpr std::size_t kHead = sizeof(ElfW(Nhdr));
  const auto padded = [](std::size_t n) { return (n + 3) & ~std::size_t{3}; };
  std::size_t at = 0;
  while (size - at >= kHead) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes + at, kHead);
    const std::size_t name_at = at + kHead;
    const std::size_t id_at = name_at + padded(note.n_namesz);
    const std::size_t next = id_at + padded(note.n_descsz);
    if (id_at > size || note.n_descsz > size - id_at) break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(notes + name_at, "GNU", 4) == 0 &&
        note.n_descsz >= kDigestBytes) {
      return hex(notes + id_at, kDigestBytes);
    }
    if (next > size) break;
    at = next;
  }
  return {};
}

// The first object that dl_iterate_phdr reports is the executable.
int visit_executable(dl_phdr_info* object, std::size_t, void* result) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    std::string id =
        build_id_in(reinterpret_cast<const unsigned char*>(object->dlpi_addr + segment.p_vaddr), segment.p_memsz);
    if (!id.empty()) {
      *static_cast<std::string*>(result) = std::move(id);
      break;
    }
  }
  return 1;
}

}  // namespace

std::string executable_build_id() {
  std::string id;
  dl_iterate_phdr(visit_executable, &id);
  return id;
}

std::string file_digest(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  std::array<char, 65536> buffer;
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    for (std::streamsize i = 0; i < file.gcount(); ++i) {
      hash = (hash ^ static_cast<unsigned char>(buffer[static_cast<std::size_t>(i)])) * 0x100000001b3;
    }
  }
  if (file.bad()) return {};
  std::array<unsigned char, kDigestBytes> bytes;
  for (std::size_t i = 0; i < kDigestBytes; ++i) bytes[i] = static_cast<unsigned char>(hash >> (8 * (7 - i)));
  return hex(bytes.data(), bytes.size());
}

std::string build_digest() {
  static const std::string digest = [] {
    std::string text = executable_build_id();
    if (text.empty()) text = file_digest("/proc/self/exe");
    return text.empty() ? std::string("unknown") : text;
  }();
  return digest;
}

}  // namespace freshet
