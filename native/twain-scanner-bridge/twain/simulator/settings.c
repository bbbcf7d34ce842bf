#include "simulator.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

SimulatorSettings simulator;

static void read_setting(const char *name, const char *value)
{
  int number = atoi(value);
  if (strcmp(name, "sheets") == 0) simulator.sheets = number;
  else if (strcmp(name, "feeder") == 0) simulator.has_feeder = number != 0;
  else if (strcmp(name, "flatbed") == 0) simulator.has_flatbed = number != 0;
  else if (strcmp(name, "duplex") == 0) simulator.has_duplex = number != 0;
  else if (strcmp(name, "memory") == 0) simulator.has_memory_transfer = number != 0;
  else if (strcmp(name, "uiControllable") == 0) simulator.is_ui_controllable = number != 0;
  else if (strcmp(name, "detectsPaper") == 0) simulator.detects_paper = number != 0;
  else if (strcmp(name, "highestDpi") == 0) simulator.highest_dpi = number;
  else if (strcmp(name, "dpiStep") == 0) simulator.dpi_step = number;
  else if (strcmp(name, "dpiList") == 0) simulator.lists_dpi = number != 0;
  else if (strcmp(name, "padding") == 0) simulator.padding = number;
  else if (strcmp(name, "vanilla") == 0) simulator.pixel_flavor = number != 0 ? TWPF_VANILLA : TWPF_CHOCOLATE;
  else if (strcmp(name, "areaStep") == 0) simulator.area_step = number;
  else if (strcmp(name, "alwaysDeskews") == 0) simulator.always_deskews = number != 0;
  else if (strcmp(name, "serial") == 0) snprintf(simulator.serial, sizeof simulator.serial, "%s", value);
  else if (strcmp(name, "folder") == 0) snprintf(simulator.folder, MAX_PATH, "%s", value);
  else if (strcmp(name, "log") == 0) snprintf(simulator.log, MAX_PATH, "%s", value);
  else if (strcmp(name, "fault") == 0) {
    const char *place = strchr(value, '@');
    size_t length = place == NULL ? strlen(value) : (size_t)(place - value);
    snprintf(simulator.fault, sizeof simulator.fault, "%.*s", (int)length, value);
    simulator.fault_page = place == NULL                      ? 1
                           : strcmp(place, "@open") == 0      ? AT_OPEN
                           : strcmp(place, "@enable") == 0    ? AT_ENABLE
                                                              : atoi(place + 1);
  }
}

bool simulator_is_second(void)
{
  HMODULE module;
  char path[MAX_PATH];
  DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
  if (!GetModuleHandleExA(flags, (LPCSTR)(void *)simulator_is_second, &module) || GetModuleFileNameA(module, path, MAX_PATH) == 0) return false;
  const char *name = strrchr(path, '\\');
  return name != NULL && (name[1] == 'g' || name[1] == 'G');
}

void simulator_read_settings(void)
{
  static const SimulatorSettings ordinary = { .sheets = 3, .has_feeder = true, .has_flatbed = true, .has_duplex = true,
                                              .has_memory_transfer = true, .is_ui_controllable = true, .detects_paper = true,
                                              .highest_dpi = 1200, .dpi_step = 1, .area_step = 1, .fault_page = AT_NO_PAGE };
  static char text[4096];
  simulator = ordinary;
  DWORD length = GetEnvironmentVariableA("VENTANILLA_TWAIN_SIMULATOR", text, sizeof text);
  if (length == 0 || length >= sizeof text || simulator_is_second()) return;
  for (char *word = strtok(text, ";"); word != NULL; word = strtok(NULL, ";")) {
    char *value = strchr(word, '=');
    if (value == NULL) continue;
    *value = '\0';
    read_setting(word, value + 1);
  }
}

void simulator_log(const char *format, ...)
{
  FILE *file = simulator.log[0] == '\0' ? NULL : fopen(simulator.log, "ab");
  if (file == NULL) return;
  va_list arguments;
  va_start(arguments, format);
  vfprintf(file, format, arguments);
  va_end(arguments);
  fputc('\n', file);
  fclose(file);
}

bool simulator_has_fault(const char *name, int page)
{
  return simulator.fault_page == page && strcmp(simulator.fault, name) == 0;
}

static LRESULT CALLBACK answer_window(HWND window, UINT message, WPARAM first, LPARAM second)
{
  if (message == WM_DESTROY) PostQuitMessage(0);
  return DefWindowProcA(window, message, first, second);
}

void simulator_show_window(void)
{
  WNDCLASSA class = { .lpfnWndProc = answer_window, .hInstance = GetModuleHandleA(NULL), .lpszClassName = "VentanillaSimulator" };
  RegisterClassA(&class);
  HWND window = CreateWindowA("VentanillaSimulator", "Vendor", WS_POPUP | WS_VISIBLE, 0, 0, 320, 200, NULL, NULL, class.hInstance, NULL);
  simulator_log(window == NULL ? "no window" : "window");
  for (MSG message; window != NULL && GetMessageA(&message, NULL, 0, 0) > 0;) DispatchMessageA(&message);
  simulator_log("window closed");
}

TW_UINT16 simulator_fault(int page)
{
  static const struct { const char *name; TW_UINT16 condition; } conditions[] = {
    { "jam", TWCC_PAPERJAM }, { "doubleFeed", TWCC_PAPERDOUBLEFEED }, { "coverOpen", TWCC_INTERLOCK }, { "noPaper", TWCC_NOMEDIA },
    { "offline", TWCC_CHECKDEVICEONLINE }, { "inUse", TWCC_MAXCONNECTIONS }, { "outOfMemory", TWCC_LOWMEMORY },
    { "denied", TWCC_DENIED }, { "broken", TWCC_BUMMER }, { "jamWindow", TWCC_PAPERJAM },
  };
  if (simulator.fault_page != page || simulator.fault[0] == '\0') return TWCC_SUCCESS;
  if (strcmp(simulator.fault, "hang") == 0) {
    simulator_log("hang");
    Sleep(INFINITE);
  }
  volatile int *volatile nowhere = NULL;
  if (strcmp(simulator.fault, "crash") == 0) *nowhere = 1;
  if (strcmp(simulator.fault, "exit") == 0) ExitProcess(0);
  if (strcmp(simulator.fault, "window") == 0 || strcmp(simulator.fault, "jamWindow") == 0) simulator_show_window();
  for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i += 1) {
    if (strcmp(simulator.fault, conditions[i].name) == 0) return conditions[i].condition;
  }
  return TWCC_SUCCESS;
}
