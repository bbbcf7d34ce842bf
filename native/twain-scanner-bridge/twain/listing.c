#include "listing.h"

#include "capabilities.h"
#include "frames.h"
#include "guard.h"
#include "manager.h"
#include "profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The broker waits 30 s for everything. */
#define DESCRIBE_MS 5000
#define OTHER_WIDTH_MS 15000
#define TOTAL_MS 22000
#define RELAY_BYTES (256u << 10)

/* Sources of 32 bit open in a process of 32 bit only: their identifiers say which helper serves them. */
#ifdef _WIN64
static const wchar_t device_prefix[] = L"twain:";
#else
static const wchar_t device_prefix[] = L"twain32:";
#endif

bool to_product_name(const wchar_t *device, char *name, size_t size)
{
  size_t length = wcslen(device_prefix);
  if (wcsncmp(device, device_prefix, length) != 0) return false;
  return WideCharToMultiByte(CP_ACP, 0, device + length, -1, name, (int)size, NULL, NULL) > 0;
}

static void to_json(char *json, size_t size, const wchar_t *text)
{
  char utf8[256];
  if (WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL) == 0) utf8[0] = '\0';
  json_text(json, size, utf8);
}

static void to_wide(wchar_t *wide, const TW_STR32 text)
{
  char terminated[sizeof(TW_STR32) + 1] = { 0 };
  memcpy(terminated, text, sizeof(TW_STR32));
  if (MultiByteToWideChar(CP_ACP, 0, terminated, -1, wide, sizeof(TW_STR32) + 1) == 0) wide[0] = L'\0';
}

static void to_device(wchar_t device[64], const TW_IDENTITY *identity)
{
  wcscpy(device, device_prefix);
  to_wide(device + wcslen(device_prefix), identity->ProductName);
}

/* `serial`: ANSI, as the source tells it; empty where it does not. */
static void tell_device(const TW_IDENTITY *identity, const char *sources, const char *serial)
{
  wchar_t device[64], maker[64], number[sizeof(TW_STR255)];
  char id[512], maker_text[512], model[512], serial_text[512];
  to_device(device, identity);
  to_wide(maker, identity->Manufacturer);
  to_json(id, sizeof id, device);
  to_json(maker_text, sizeof maker_text, maker);
  to_json(model, sizeof model, device + wcslen(device_prefix));
  if (MultiByteToWideChar(CP_ACP, 0, serial, -1, number, sizeof(TW_STR255)) == 0) number[0] = L'\0';
  to_json(serial_text, sizeof serial_text, number);
  frames_control("{\"event\":\"device\",\"deviceId\":\"%s\",\"maker\":\"%s\",\"model\":\"%s\",\"serial\":\"%s\",\"sources\":%s}", id, maker_text,
                 model, serial_text, sources);
}

int describe_device(const wchar_t *device)
{
  char name[64], sources[96], serial[sizeof(TW_STR255)];
  TW_IDENTITY identity;
  if (!to_product_name(device, name, sizeof name) || !manager_open()) return 2;
  bool is_found = manager_first(&identity);
  while (is_found && strcmp(identity.ProductName, name) != 0) is_found = manager_next(&identity);
  guard_start(manager_window());
  if (!is_found || manager_open_source(name) != NULL) return 2;
  profile_list_sources(sources, sizeof sources);
  capability_get_text(CAP_SERIALNUMBER, serial, sizeof serial);
  tell_device(&identity, sources, serial);
  source_close();
  manager_close();
  return 0;
}

/* Sends on what a helper has told of devices, and nothing else of it. Returns how many. */
static int relay_devices(const uint8_t *bytes, size_t length)
{
  static const char mark[] = "{\"event\":\"device\"";
  int devices = 0;
  for (size_t at = 0; at + 5 <= length;) {
    size_t payload = (size_t)bytes[at] | (size_t)bytes[at + 1] << 8 | (size_t)bytes[at + 2] << 16;
    if (bytes[at + 3] != 0 || at + 5 + payload > length) break;
    if (payload >= sizeof mark && memcmp(bytes + at + 5, mark, sizeof mark - 1) == 0) {
      frames_relay(bytes + at, 5 + payload);
      devices += 1;
    }
    at += 5 + payload;
  }
  return devices;
}

/* Runs a helper for at most `limit` and relays the devices that it tells. */
static int run_helper(const wchar_t *program, wchar_t *command, DWORD limit)
{
  SECURITY_ATTRIBUTES inherited = { sizeof inherited, NULL, TRUE };
  STARTUPINFOW start = { .cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES };
  PROCESS_INFORMATION process;
  HANDLE reader, writer;
  if (!CreatePipe(&reader, &writer, &inherited, RELAY_BYTES)) return 0;
  SetHandleInformation(reader, HANDLE_FLAG_INHERIT, 0);
  start.hStdOutput = writer;
  int devices = 0;
  if (CreateProcessW(program, command, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &process)) {
    /* What it tells fits into the pipe: it need not be read before the end. */
    if (WaitForSingleObject(process.hProcess, limit) != WAIT_OBJECT_0) TerminateProcess(process.hProcess, 3);
    WaitForSingleObject(process.hProcess, 1000);
    CloseHandle(process.hThread);
    CloseHandle(process.hProcess);
    uint8_t *bytes = malloc(RELAY_BYTES);
    DWORD waiting = 0, length = 0;
    if (bytes != NULL && PeekNamedPipe(reader, NULL, 0, NULL, &waiting, NULL) && waiting > 0 && waiting <= RELAY_BYTES &&
        ReadFile(reader, bytes, waiting, &length, NULL))
      devices = relay_devices(bytes, length);
    free(bytes);
  }
  CloseHandle(writer);
  CloseHandle(reader);
  return devices;
}

static bool is_known(const wchar_t *device, wchar_t *const *known, int known_count)
{
  for (int i = 0; i < known_count; i += 1) {
    if (wcscmp(known[i], device) == 0) return true;
  }
  return false;
}

static void tell_or_ask(const TW_IDENTITY *identity, const wchar_t *program, wchar_t *const *known, int known_count, DWORD left)
{
  wchar_t device[64], command[128];
  to_device(device, identity);
  int devices = 0;
  /* A name with a quotation mark would need escaping, and no source has one. */
  if (left > 0 && !is_known(device, known, known_count) && wcschr(device, L'"') == NULL) {
    _snwprintf(command, 128, L"twain-helper describe \"%ls\"", device);
    devices = run_helper(program, command, left < DESCRIBE_MS ? left : DESCRIBE_MS);
  }
  if (devices == 0) tell_device(identity, "null", "");
}

/* The helper of the other width lies beside this one, where it was built. */
static void relay_other_width(const wchar_t *program, wchar_t *const *known, int known_count)
{
  wchar_t other[MAX_PATH + 32], command[8192] = L"twain-helper32 list";
  wcscpy(other, program);
  wchar_t *name = wcsrchr(other, L'\\');
  if (sizeof(void *) != 8 || name == NULL) return;
  wcscpy(name + 1, L"twain-helper32.exe");
  if (GetFileAttributesW(other) == INVALID_FILE_ATTRIBUTES) return;
  for (int i = 0; i < known_count; i += 1) {
    if (wcslen(command) + wcslen(known[i]) + 4 > 8192 || wcschr(known[i], L'"') != NULL) continue;
    wcscat(wcscat(wcscat(command, L" \""), known[i]), L"\"");
  }
  run_helper(other, command, OTHER_WIDTH_MS);
}

int list_devices(wchar_t *const *known, int known_count)
{
  wchar_t program[MAX_PATH];
  DWORD started = GetTickCount();
  DWORD length = GetModuleFileNameW(NULL, program, MAX_PATH);
  if (length == 0 || length >= MAX_PATH) return 2;
  TW_IDENTITY identity;
  /* A system without a manager has no sources, which is not an error. */
  if (manager_open()) {
    for (bool is_found = manager_first(&identity); is_found; is_found = manager_next(&identity)) {
      DWORD spent = GetTickCount() - started;
      tell_or_ask(&identity, program, known, known_count, spent < TOTAL_MS ? TOTAL_MS - spent : 0);
    }
    manager_close();
  }
  relay_other_width(program, known, known_count);
  frames_end();
  return 0;
}
