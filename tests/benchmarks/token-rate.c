/*
 * The raw rate of a PKCS #11 token: C_SignInit and C_Sign in a loop, nothing around them.
 * token-rate MODULE COUNT, the PIN on the standard input; prints the median of one signature in microseconds and the
 * signatures of one second over the whole loop.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned long ulong_t;
typedef struct { ulong_t type; void *value; ulong_t length; } attribute_t;
typedef struct { ulong_t type; void *parameter; ulong_t length; } mechanism_t;

static void *module;

static ulong_t (*find(const char *name))() {
  ulong_t (*function)() = (ulong_t (*)())dlsym(module, name);
  if (function == NULL) { fprintf(stderr, "%s is missing\n", name); exit(1); }
  return function;
}

static void check(const char *what, ulong_t value) {
  if (value != 0) { fprintf(stderr, "%s answered 0x%lx\n", what, value); exit(1); }
}

static double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e6 + time.tv_nsec / 1e3;
}

static int compare(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

int main(int count, char **words) {
  if (count != 3) return 2;
  module = dlopen(words[1], RTLD_NOW);
  if (module == NULL) { fprintf(stderr, "%s\n", dlerror()); return 1; }
  char pin[64] = {0};
  if (fgets(pin, sizeof pin, stdin) == NULL) return 2;
  pin[strcspn(pin, "\n")] = 0;
  check("C_Initialize", find("C_Initialize")(NULL));
  ulong_t slots[16], slot_count = 16, session = 0, key = 0, found = 0;
  check("C_GetSlotList", find("C_GetSlotList")(1, slots, &slot_count));
  check("C_OpenSession", find("C_OpenSession")(slots[0], 4UL, NULL, NULL, &session));
  check("C_Login", find("C_Login")(session, 1UL, pin, (ulong_t)strlen(pin)));
  ulong_t private_key = 3;
  attribute_t wanted = {0, &private_key, sizeof private_key};
  check("C_FindObjectsInit", find("C_FindObjectsInit")(session, &wanted, 1UL));
  check("C_FindObjects", find("C_FindObjects")(session, &key, 1UL, &found));
  check("C_FindObjectsFinal", find("C_FindObjectsFinal")(session));
  if (found != 1) { fprintf(stderr, "no private key\n"); return 1; }
  ulong_t (*sign_init)() = find("C_SignInit"), (*sign)() = find("C_Sign");
  mechanism_t sha256_rsa = {0x40, NULL, 0};
  unsigned char data[320] = {7}, signature[1024];
  int total = atoi(words[2]);
  double *times = malloc(sizeof(double) * total);
  for (int round = -20; round < total; round += 1) {
    double start = now_us();
    ulong_t length = sizeof signature;
    check("C_SignInit", sign_init(session, &sha256_rsa, key));
    check("C_Sign", sign(session, data, (ulong_t)sizeof data, signature, &length));
    if (round >= 0) times[round] = now_us() - start;
  }
  double sum = 0;
  for (int round = 0; round < total; round += 1) sum += times[round];
  qsort(times, total, sizeof(double), compare);
  printf("%.1f %.1f\n", times[total / 2], total / sum * 1e6);
  check("C_Finalize", find("C_Finalize")(NULL));
  return 0;
}
