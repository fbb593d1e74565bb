// The oscillator interaction and its adjoint, for a batch of states on one graph.
//
//   force:    F_i = sum_j [R_ij + S_ij relu(s_ij)] mu_j,         s_ij = <mu_i, mu_j>
//   adjoint:  with c the cotangent of F and q_ij = <c_i, mu_j> + <c_j, mu_i>,
//             dmu_i = sum_j [R_ij + S_ij relu(s_ij)] c_j + S_ij 1[s_ij > 0] q_ij mu_j
//             dR_e = sum_batch q_ij,   dS_e = sum_batch relu(s_ij) q_ij
//
// As many samples as a vector register holds go through together: every edge weight is read once for all of them and
// nothing is gathered. Each unit's owner sums its own row, so no two threads write to one place and the result does
// not depend on their number.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

#if defined(__AVX512F__)
constexpr int kRegisterBytes = 64;
#elif defined(__AVX__)
constexpr int kRegisterBytes = 32;
#else
constexpr int kRegisterBytes = 16;  // SSE2, NEON
#endif
constexpr int kBlocksPerThread = 8;  // more blocks than threads even out unequal degrees
constexpr int64_t kSmallWork = 1 << 15;  // below this many vector edges, waking a second thread costs more than it saves

// Hides from the compiler that it has read a row before: reading it again is cheaper than keeping it, for there are more
// rows than registers and what is kept goes through the stack.
#define HKAM_READ_AGAIN(pointer) asm("" : "+r"(pointer))

template <typename T>
struct Lanes {
  static constexpr int count = kRegisterBytes / sizeof(T);
  typedef T type __attribute__((vector_size(kRegisterBytes)));
};

template <typename T>
using Vector = typename Lanes<T>::type;

template <typename T>
inline Vector<T> Positive(Vector<T> value) {
  return value > T(0) ? value : Vector<T>{};
}

// Sums of neighbouring lanes, first of `one`, then of `other`.
template <typename T, std::size_t... kLane>
inline Vector<T> SumNeighbours(Vector<T> one, Vector<T> other, std::index_sequence<kLane...>) {
  return __builtin_shufflevector(one, other, (2 * kLane)...) + __builtin_shufflevector(one, other, (2 * kLane + 1)...);
}

// The sum over the lanes of each of as many vectors as there are lanes.
template <typename T>
inline Vector<T> SumEach(Vector<T>* vectors) {
  constexpr int lanes = Lanes<T>::count;
#pragma GCC unroll 4
  for (int left = lanes / 2; left > 0; left /= 2)
#pragma GCC unroll 8
    for (int pair = 0; pair < left; ++pair)
      vectors[pair] = SumNeighbours<T>(vectors[2 * pair], vectors[2 * pair + 1], std::make_index_sequence<lanes>());
  return vectors[0];
}

// Runs `work(0) ... work(count - 1)` on XLA's own threads. The caller takes part and waits only for blocks that a
// running thread has already begun, so it cannot be blocked by a pool that is busy or absent.
void ForEachBlock(ffi::ThreadPool& pool, int64_t threads, int64_t count, const std::function<void(int64_t)>& work) {
  if (threads <= 1 || count <= 1) {
    for (int64_t block = 0; block < count; ++block) work(block);
    return;
  }
  struct Shared {
    std::atomic<int64_t> next{0};
    int64_t done = 0;
    std::mutex mutex;
    std::condition_variable finished;
  };
  auto shared = std::make_shared<Shared>();
  const std::function<void(int64_t)>* task = &work;
  auto run = [shared, task, count] {
    int64_t mine = 0;
    for (int64_t block = shared->next++; block < count; block = shared->next++, ++mine) (*task)(block);
    if (mine == 0) return;
    std::lock_guard<std::mutex> lock(shared->mutex);
    shared->done += mine;
    if (shared->done == count) shared->finished.notify_all();
  };
  for (int64_t thread = 1; thread < std::min(threads, count); ++thread) pool.Schedule(std::function<void()>(run));
  run();
  std::unique_lock<std::mutex> lock(shared->mutex);
  shared->finished.wait(lock, [&] { return shared->done == count; });
}

template <typename T>
class Tiles {  // states [batch, nodes, D] as [tile, nodes, D, lanes], zero beyond the last sample
 public:
  Tiles(int64_t tiles, int64_t values) : values_(values) {
    memory_.resize(tiles * values * Lanes<T>::count + Lanes<T>::count);
    auto address = reinterpret_cast<std::uintptr_t>(memory_.data());
    aligned_ = reinterpret_cast<T*>((address + kRegisterBytes - 1) / kRegisterBytes * kRegisterBytes);
  }
  void Pack(const T* states, int64_t batch, int64_t tile) {
    constexpr int lanes = Lanes<T>::count;
    T* out = aligned_ + tile * values_ * lanes;
    for (int lane = 0; lane < lanes; ++lane) {
      const int64_t sample = tile * lanes + lane;
      const T* in = states + sample * values_;
      for (int64_t value = 0; value < values_; ++value) out[value * lanes + lane] = sample < batch ? in[value] : T(0);
    }
  }
  const Vector<T>* operator[](int64_t tile) const {
    return reinterpret_cast<const Vector<T>*>(aligned_ + tile * values_ * Lanes<T>::count);
  }

 private:
  int64_t values_;
  std::vector<T> memory_;
  T* aligned_;
};

struct Neighbourhoods {
  int64_t nodes;
  const int32_t* starts;
  const int32_t* neighbours;
  const int32_t* edge_of;

  int64_t Edges() const { return starts[nodes]; }
  // Units are cut into blocks of about equal numbers of edges.
  int64_t FirstUnit(int64_t block, int64_t blocks) const {
    if (block >= blocks) return nodes;
    const int64_t target = Edges() * block / blocks;
    return std::lower_bound(starts, starts + nodes, target) - starts;
  }
};

template <typename T>
void Unpack(const Vector<T>* values, int dimensions, int64_t tile, int64_t batch, int64_t stride, T* out) {
  constexpr int lanes = Lanes<T>::count;
  const int64_t filled = std::min<int64_t>(lanes, batch - tile * lanes);
  for (int64_t lane = 0; lane < filled; ++lane)
    for (int d = 0; d < dimensions; ++d) out[(tile * lanes + lane) * stride + d] = values[d][lane];
}

constexpr int kAnyDimensions = 64;  // longest row; rows of up to eight columns have code of their own

template <typename T, int kDimensions>
void ForceOfUnit(const Neighbourhoods& graph, int64_t unit, int columns, const Vector<T>* mu, const T* linear,
                 const T* rectified, Vector<T>* force) {
  constexpr bool known = kDimensions > 0;
  const int D = known ? kDimensions : columns;
  Vector<T> own[known ? kDimensions : kAnyDimensions], sum[known ? kDimensions : kAnyDimensions];
  for (int d = 0; d < D; ++d) own[d] = mu[unit * D + d], sum[d] = Vector<T>{};
  for (int32_t slot = graph.starts[unit]; slot < graph.starts[unit + 1]; ++slot) {
    const Vector<T>* other = mu + int64_t(graph.neighbours[slot]) * D;
    const int32_t edge = graph.edge_of[slot];
    Vector<T> product = own[0] * other[0];
    for (int d = 1; d < D; ++d) product += own[d] * other[d];
    const Vector<T> weight = linear[edge] + rectified[edge] * Positive<T>(product);
    HKAM_READ_AGAIN(other);
    for (int d = 0; d < D; ++d) sum[d] += weight * other[d];
  }
  for (int d = 0; d < D; ++d) force[d] = sum[d];
}

template <typename T, int kDimensions>
void AdjointOfUnit(const Neighbourhoods& graph, int64_t unit, int columns, const Vector<T>* mu, const Vector<T>* c,
                   const T* linear, const T* rectified, Vector<T>* slope, T* linear_slope, T* rectified_slope) {
  constexpr bool known = kDimensions > 0;
  constexpr int lanes = Lanes<T>::count;
  const int D = known ? kDimensions : columns;
  constexpr int room = known ? kDimensions : kAnyDimensions;
  Vector<T> own[room], own_c[room], sum[room];
  for (int d = 0; d < D; ++d) own[d] = mu[unit * D + d], own_c[d] = c[unit * D + d], sum[d] = Vector<T>{};
  // Adds what one neighbour contributes; leaves q and relu(s) q.
  auto add = [&](int32_t slot, Vector<T>& q, Vector<T>& rectified_q) {
    const Vector<T>* other = mu + int64_t(graph.neighbours[slot]) * D;
    const Vector<T>* other_c = c + int64_t(graph.neighbours[slot]) * D;
    const int32_t edge = graph.edge_of[slot];
    Vector<T> product = own[0] * other[0];
    q = own_c[0] * other[0] + own[0] * other_c[0];
    for (int d = 1; d < D; ++d) {
      product += own[d] * other[d];
      q += own_c[d] * other[d] + own[d] * other_c[d];
    }
    const Vector<T> positive = Positive<T>(product);
    const Vector<T> weight = linear[edge] + rectified[edge] * positive;
    const Vector<T> bend = product > T(0) ? rectified[edge] * q : Vector<T>{};
    HKAM_READ_AGAIN(other);
    HKAM_READ_AGAIN(other_c);
    for (int d = 0; d < D; ++d) sum[d] += weight * other_c[d] + bend * other[d];
    rectified_q = positive * q;
  };
  const int32_t end = graph.starts[unit + 1];
  int32_t slot = graph.starts[unit];
  Vector<T> q[lanes], rectified_q[lanes];
  for (; slot < end && graph.neighbours[slot] < unit; ++slot) add(slot, q[0], rectified_q[0]);
  // The smaller node owns the edge; neighbours rise, so the edges that a node owns follow each other.
  for (; slot < end; slot += lanes) {
    const int filled = std::min<int32_t>(lanes, end - slot);
    for (int lane = 0; lane < filled; ++lane) add(slot + lane, q[lane], rectified_q[lane]);
    for (int lane = filled; lane < lanes; ++lane) q[lane] = rectified_q[lane] = Vector<T>{};
    const Vector<T> of_linear = SumEach<T>(q), of_rectified = SumEach<T>(rectified_q);
    const int32_t edge = graph.edge_of[slot];
    for (int lane = 0; lane < filled; ++lane) {
      linear_slope[edge + lane] += of_linear[lane];
      rectified_slope[edge + lane] += of_rectified[lane];
    }
  }
  for (int d = 0; d < D; ++d) slope[d] = sum[d];
}

template <typename T, int kDimensions>
void Force(ffi::ThreadPool& pool, const Neighbourhoods& graph, int64_t batch, int columns, const T* states,
           const T* linear, const T* rectified, T* force) {
  constexpr int lanes = Lanes<T>::count;
  const int64_t tiles = (batch + lanes - 1) / lanes, values = graph.nodes * columns;
  const int64_t threads = graph.Edges() * tiles < kSmallWork ? 1 : pool.num_threads();
  Tiles<T> mu(tiles, values);
  ForEachBlock(pool, threads, tiles, [&](int64_t tile) { mu.Pack(states, batch, tile); });
  const int64_t blocks = std::max<int64_t>(1, std::min(graph.nodes, threads * kBlocksPerThread));
  ForEachBlock(pool, threads, blocks, [&](int64_t block) {
    Vector<T> sum[kDimensions > 0 ? kDimensions : kAnyDimensions];
    for (int64_t tile = 0; tile < tiles; ++tile)
      for (int64_t unit = graph.FirstUnit(block, blocks); unit < graph.FirstUnit(block + 1, blocks); ++unit) {
        ForceOfUnit<T, kDimensions>(graph, unit, columns, mu[tile], linear, rectified, sum);
        Unpack<T>(sum, columns, tile, batch, values, force + unit * columns);
      }
  });
}

template <typename T, int kDimensions>
void Adjoint(ffi::ThreadPool& pool, const Neighbourhoods& graph, int64_t batch, int columns, const T* states,
             const T* cotangents, const T* linear, const T* rectified, T* slope, T* linear_slope, T* rectified_slope,
             int64_t edges) {
  constexpr int lanes = Lanes<T>::count;
  const int64_t tiles = (batch + lanes - 1) / lanes, values = graph.nodes * columns;
  const int64_t threads = graph.Edges() * tiles < kSmallWork ? 1 : pool.num_threads();
  Tiles<T> mu(tiles, values), c(tiles, values);
  ForEachBlock(pool, threads, tiles, [&](int64_t tile) {
    mu.Pack(states, batch, tile);
    c.Pack(cotangents, batch, tile);
  });
  std::fill_n(linear_slope, edges, T(0));
  std::fill_n(rectified_slope, edges, T(0));
  const int64_t blocks = std::max<int64_t>(1, std::min(graph.nodes, threads * kBlocksPerThread));
  ForEachBlock(pool, threads, blocks, [&](int64_t block) {
    Vector<T> sum[kDimensions > 0 ? kDimensions : kAnyDimensions];
    for (int64_t tile = 0; tile < tiles; ++tile)
      for (int64_t unit = graph.FirstUnit(block, blocks); unit < graph.FirstUnit(block + 1, blocks); ++unit) {
        AdjointOfUnit<T, kDimensions>(graph, unit, columns, mu[tile], c[tile], linear, rectified, sum, linear_slope,
                                      rectified_slope);
        Unpack<T>(sum, columns, tile, batch, values, slope + unit * columns);
      }
  });
}

#define HKAM_FOR_COLUMNS(columns, CALL) \
  switch (columns) {                    \
    case 2: CALL(2); break;             \
    case 3: CALL(3); break;             \
    case 4: CALL(4); break;             \
    case 5: CALL(5); break;             \
    case 6: CALL(6); break;             \
    case 7: CALL(7); break;             \
    case 8: CALL(8); break;             \
    default: CALL(0);                   \
  }

template <ffi::DataType kType>
ffi::Error ForceHandler(ffi::ThreadPool pool, ffi::Buffer<kType> mu, ffi::Buffer<kType> linear,
                        ffi::Buffer<kType> rectified, ffi::Buffer<ffi::S32> starts, ffi::Buffer<ffi::S32> neighbours,
                        ffi::Buffer<ffi::S32> edge_of, ffi::ResultBuffer<kType> force) {
  using T = ffi::NativeType<kType>;
  const auto shape = mu.dimensions();
  if (shape[2] > kAnyDimensions) return ffi::Error::InvalidArgument("mu has more columns than the kernel holds");
  const Neighbourhoods graph{shape[1], starts.typed_data(), neighbours.typed_data(), edge_of.typed_data()};
  const int columns = static_cast<int>(shape[2]);
#define HKAM_CALL(D)                                                                                  \
  Force<T, D>(pool, graph, shape[0], columns, mu.typed_data(), linear.typed_data(), rectified.typed_data(), \
              force->typed_data())
  HKAM_FOR_COLUMNS(columns, HKAM_CALL)
#undef HKAM_CALL
  return ffi::Error::Success();
}

template <ffi::DataType kType>
ffi::Error AdjointHandler(ffi::ThreadPool pool, ffi::Buffer<kType> mu, ffi::Buffer<kType> cotangent,
                          ffi::Buffer<kType> linear, ffi::Buffer<kType> rectified, ffi::Buffer<ffi::S32> starts,
                          ffi::Buffer<ffi::S32> neighbours, ffi::Buffer<ffi::S32> edge_of,
                          ffi::ResultBuffer<kType> slope, ffi::ResultBuffer<kType> linear_slope,
                          ffi::ResultBuffer<kType> rectified_slope) {
  using T = ffi::NativeType<kType>;
  const auto shape = mu.dimensions();
  if (shape[2] > kAnyDimensions) return ffi::Error::InvalidArgument("mu has more columns than the kernel holds");
  const Neighbourhoods graph{shape[1], starts.typed_data(), neighbours.typed_data(), edge_of.typed_data()};
  const int columns = static_cast<int>(shape[2]);
#define HKAM_CALL(D)                                                                                          \
  Adjoint<T, D>(pool, graph, shape[0], columns, mu.typed_data(), cotangent.typed_data(), linear.typed_data(), \
                rectified.typed_data(), slope->typed_data(), linear_slope->typed_data(),                      \
                rectified_slope->typed_data(), static_cast<int64_t>(linear.element_count()))
  HKAM_FOR_COLUMNS(columns, HKAM_CALL)
#undef HKAM_CALL
  return ffi::Error::Success();
}

template <ffi::DataType kType>
auto ForceBinding() {
  using Values = ffi::Buffer<kType>;
  using Indices = ffi::Buffer<ffi::S32>;
  return ffi::Ffi::Bind()
      .Ctx<ffi::ThreadPool>()
      .template Arg<Values>().template Arg<Values>().template Arg<Values>()
      .template Arg<Indices>().template Arg<Indices>().template Arg<Indices>()
      .template Ret<Values>();
}

template <ffi::DataType kType>
auto AdjointBinding() {
  using Values = ffi::Buffer<kType>;
  using Indices = ffi::Buffer<ffi::S32>;
  return ffi::Ffi::Bind()
      .Ctx<ffi::ThreadPool>()
      .template Arg<Values>().template Arg<Values>().template Arg<Values>().template Arg<Values>()
      .template Arg<Indices>().template Arg<Indices>().template Arg<Indices>()
      .template Ret<Values>().template Ret<Values>().template Ret<Values>();
}

}  // namespace

XLA_FFI_DEFINE_HANDLER_SYMBOL(hkam_force_float32, ForceHandler<ffi::F32>, ForceBinding<ffi::F32>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(hkam_force_float64, ForceHandler<ffi::F64>, ForceBinding<ffi::F64>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(hkam_adjoint_float32, AdjointHandler<ffi::F32>, AdjointBinding<ffi::F32>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(hkam_adjoint_float64, AdjointHandler<ffi::F64>, AdjointBinding<ffi::F64>());
