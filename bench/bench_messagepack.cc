// Reading one value: the Decoder against msgpack-cxx, which is what a C++ programmer would otherwise take. Interleaved,
// the median of the rounds. Stands behind docs/decisions/0004-messagepack.md. Run: ./dev bench messagepack
#include <freshet/codec.h>

#include <cstdio>
#include <msgpack.hpp>

namespace {

struct Product {
  std::int64_t id = 0;
  std::string name;
  double price = 0;
  std::vector<std::string> tags;
  std::map<std::string, std::int64_t> stock;
  MSGPACK_DEFINE(id, name, price, tags, stock)
};

template <class Read>
double nanoseconds(Read read) {
  constexpr int kCalls = 500;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kCalls; ++i) read();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / kCalls;
}

double median(std::vector<double>& values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main() {
  std::vector<Product> products(20);
  for (Product& p : products) {
    p.id = 1234567 + (&p - products.data());
    p.name = "A product with a name of usual length";
    p.price = 19.99;
    p.tags = {"garden", "tools", "new"};
    p.stock = {{"berlin", 3}, {"paris", 1000}, {"rome", 0}};
  }
  std::string bytes;
  freshet::encode(products, bytes);

  std::vector<double> ours, tree, views, write_ours, write_theirs;
  for (int round = 0; round < 101; ++round) {
    ours.push_back(nanoseconds([&] {
      std::vector<Product> out;
      if (!freshet::decode(std::as_bytes(std::span(bytes)), out)) std::abort();
    }));
    tree.push_back(nanoseconds([&] {
      std::vector<Product> out;
      msgpack::unpack(bytes.data(), bytes.size()).get().convert(out);
    }));
    views.push_back(nanoseconds([&] {
      std::vector<Product> out;
      const auto reference = [](msgpack::type::object_type, std::size_t, void*) { return true; };
      msgpack::unpack(bytes.data(), bytes.size(), reference).get().convert(out);
    }));
    write_ours.push_back(nanoseconds([&] {
      std::string out;
      freshet::encode(products, out);
    }));
    write_theirs.push_back(nanoseconds([&] {
      msgpack::sbuffer out;
      msgpack::pack(out, products);
    }));
  }
  const double base = median(ours), write_base = median(write_ours);
  std::printf("%zu bytes, 20 structs\n", bytes.size());
  std::printf("read  freshet::decode                 %8.0f ns  1.00\n", base);
  std::printf("read  msgpack::unpack, copying        %8.0f ns  %.2f\n", median(tree), median(tree) / base);
  std::printf("read  msgpack::unpack, referencing    %8.0f ns  %.2f\n", median(views), median(views) / base);
  std::printf("write freshet::encode                 %8.0f ns  1.00\n", write_base);
  std::printf("write msgpack::pack                   %8.0f ns  %.2f\n", median(write_theirs),
              median(write_theirs) / write_base);
}
