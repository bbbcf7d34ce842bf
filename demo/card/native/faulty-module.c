/*
 * A PKCS #11 library with a fault, for tests: everything is done by the library that VENTANILLA_REAL_MODULE names, but for
 * the one thing that VENTANILLA_FAULT says:
 *   crash-list, hang-list    C_GetSlotList ends the process, or never answers
 *   crash-sign, hang-sign    C_Sign likewise
 *   slow-sign                C_Sign answers after a second
 *   claim                    it says that it knows every card, and finds nothing on any (a stray library)
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long Word;
typedef Word (*Function)();

/* Places in CK_FUNCTION_LIST, version apart (PKCS #11 v2.40, 6.6). */
enum { INITIALIZE = 0, GET_FUNCTION_LIST = 3, GET_SLOT_LIST = 4, LOGIN = 18, FIND_OBJECTS = 27, SIGN = 43, FUNCTIONS = 68 };
enum { GENERAL_ERROR = 5 };

typedef struct {
  unsigned char version[2];
  Function functions[FUNCTIONS];
} FunctionList;

static FunctionList list, *real;

static int has_fault(const char *fault) {
  const char *said = getenv("VENTANILLA_FAULT");
  return said != NULL && strcmp(said, fault) == 0;
}

static void fail(const char *crash, const char *hang) {
  if (has_fault(crash)) raise(SIGSEGV);
  while (has_fault(hang)) pause();
}

static Word get_slot_list(Word present, Word *slots, Word *count) {
  fail("crash-list", "hang-list");
  return real->functions[GET_SLOT_LIST](present, slots, count);
}

static Word sign(Word session, void *data, Word length, void *signature, Word *room) {
  if (signature != NULL) fail("crash-sign", "hang-sign");
  if (signature != NULL && has_fault("slow-sign")) sleep(1);
  return real->functions[SIGN](session, data, length, signature, room);
}

static Word find_objects(Word session, Word *objects, Word most, Word *count) {
  if (!has_fault("claim")) return real->functions[FIND_OBJECTS](session, objects, most, count);
  *count = 0;
  return 0;
}

Word C_GetFunctionList(FunctionList **out);

static int load(void) {
  if (real != NULL) return 1;
  const char *path = getenv("VENTANILLA_REAL_MODULE");
  void *library = path == NULL ? NULL : dlopen(path, RTLD_NOW);
  Function get = library == NULL ? NULL : (Function)dlsym(library, "C_GetFunctionList");
  if (get == NULL || get(&real) != 0) return 0;
  list = *real;
  list.functions[GET_FUNCTION_LIST] = (Function)C_GetFunctionList;
  list.functions[GET_SLOT_LIST] = (Function)get_slot_list;
  list.functions[FIND_OBJECTS] = (Function)find_objects;
  list.functions[SIGN] = (Function)sign;
  return 1;
}

Word C_GetFunctionList(FunctionList **out) {
  if (!load()) return GENERAL_ERROR;
  *out = &list;
  return 0;
}

Word C_Initialize(void *arguments) {
  return load() ? real->functions[INITIALIZE](arguments) : GENERAL_ERROR;
}

Word C_Login(Word session, Word user, void *pin, Word length) {
  return load() ? real->functions[LOGIN](session, user, pin, length) : GENERAL_ERROR;
}
