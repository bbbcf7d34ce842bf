#include "manager.h"

#include "frames.h"

#include <string.h>

/* States of the standard: 3 manager open, 4 source open, 5 enabled, 6 page ready, 7 transferring. */
static int state = 3;
static DSM_ENTRY entry;
static TW_ENTRYPOINT memory;
static TW_IDENTITY application, source;
static HWND window;
static volatile LONG is_page_ready, is_close_requested;

static HMODULE load_manager(void)
{
  /* The manager of TWAIN 2 lives in the system's folder. */
  HMODULE module = LoadLibraryExW(L"TWAINDSM.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (module != NULL) return module;
  /* The one of TWAIN 1 lies in Windows' own folder and is of 32 bit; Wine has it in both widths, in the system's. */
  wchar_t path[MAX_PATH + 16];
  UINT length = GetWindowsDirectoryW(path, MAX_PATH);
  if (length > 0 && length < MAX_PATH) {
    wcscpy(path + length, L"\\twain_32.dll");
    module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
  }
  return module != NULL ? module : LoadLibraryExW(L"twain_32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
}

static void take_message(TW_UINT16 message)
{
  if (message == MSG_XFERREADY) InterlockedExchange(&is_page_ready, 1);
  if (message == MSG_CLOSEDSREQ || message == MSG_CLOSEDSOK) InterlockedExchange(&is_close_requested, 1);
}

/* A source of TWAIN 2 calls from any of its threads. */
static TW_UINT16 WINAPI take_callback(TW_IDENTITY *origin, TW_IDENTITY *destination, TW_UINT32 group, TW_UINT16 type, TW_UINT16 message,
                                      TW_MEMREF data)
{
  (void)origin, (void)destination, (void)group, (void)type, (void)data;
  take_message(message);
  frames_notify();
  return TWRC_SUCCESS;
}

/* A source of TWAIN 1 speaks through the messages of the window that it was given. */
static void pump(void)
{
  MSG message;
  while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE)) {
    TW_EVENT event = { &message, MSG_NULL };
    if (state >= 5 && source_call(DG_CONTROL, DAT_EVENT, MSG_PROCESSEVENT, &event) == TWRC_DSEVENT) {
      take_message(event.TWMessage);
      continue;
    }
    TranslateMessage(&message);
    DispatchMessageW(&message);
  }
}

bool manager_open(void)
{
  HMODULE module = load_manager();
  if (module == NULL) return false;
  entry = (DSM_ENTRY)(void *)GetProcAddress(module, "DSM_Entry");
  if (entry == NULL) return false;
  window = CreateWindowExW(0, L"STATIC", L"", WS_POPUP, 0, 0, 1, 1, NULL, NULL, GetModuleHandleW(NULL), NULL);
  /* Where there is no desktop to put it on. */
  if (window == NULL) window = CreateWindowExW(0, L"STATIC", L"", 0, 0, 0, 1, 1, HWND_MESSAGE, NULL, GetModuleHandleW(NULL), NULL);
  application.Version.MajorNum = 1;
  application.Version.Language = TWON_DONTCARE16;
  application.ProtocolMajor = 2;
  application.ProtocolMinor = 4;
  application.SupportedGroups = DG_CONTROL | DG_IMAGE | DF_APP2;
  strcpy(application.Manufacturer, "Ventanilla");
  strcpy(application.ProductFamily, "Ventanilla");
  strcpy(application.ProductName, "Ventanilla");
  if (entry(&application, NULL, DG_CONTROL, DAT_PARENT, MSG_OPENDSM, &window) != TWRC_SUCCESS) return false;
  memory.Size = sizeof memory;
  if ((application.SupportedGroups & DF_DSM2) != 0) entry(&application, NULL, DG_CONTROL, DAT_ENTRYPOINT, MSG_GET, &memory);
  frames_set_pump(pump);
  return true;
}

bool manager_first(TW_IDENTITY *identity)
{
  memset(identity, 0, sizeof *identity);
  return entry(&application, NULL, DG_CONTROL, DAT_IDENTITY, MSG_GETFIRST, identity) == TWRC_SUCCESS;
}

bool manager_next(TW_IDENTITY *identity)
{
  memset(identity, 0, sizeof *identity);
  return entry(&application, NULL, DG_CONTROL, DAT_IDENTITY, MSG_GETNEXT, identity) == TWRC_SUCCESS;
}

static const char *condition_name(TW_UINT16 condition)
{
  switch (condition) {
    case TWCC_SUCCESS: return "SUCCESS";
    case TWCC_BUMMER: return "BUMMER";
    case TWCC_LOWMEMORY: return "LOWMEMORY";
    case TWCC_NODS: return "NODS";
    case TWCC_MAXCONNECTIONS: return "MAXCONNECTIONS";
    case TWCC_OPERATIONERROR: return "OPERATIONERROR";
    case TWCC_BADCAP: return "BADCAP";
    case TWCC_BADPROTOCOL: return "BADPROTOCOL";
    case TWCC_BADVALUE: return "BADVALUE";
    case TWCC_SEQERROR: return "SEQERROR";
    case TWCC_BADDEST: return "BADDEST";
    case TWCC_CAPUNSUPPORTED: return "CAPUNSUPPORTED";
    case TWCC_CAPBADOPERATION: return "CAPBADOPERATION";
    case TWCC_CAPSEQERROR: return "CAPSEQERROR";
    case TWCC_DENIED: return "DENIED";
    case TWCC_PAPERJAM: return "PAPERJAM";
    case TWCC_PAPERDOUBLEFEED: return "PAPERDOUBLEFEED";
    case TWCC_CHECKDEVICEONLINE: return "CHECKDEVICEONLINE";
    case TWCC_INTERLOCK: return "INTERLOCK";
    case TWCC_DAMAGEDCORNER: return "DAMAGEDCORNER";
    case TWCC_FOCUSERROR: return "FOCUSERROR";
    case TWCC_DOCTOOLIGHT: return "DOCTOOLIGHT";
    case TWCC_DOCTOODARK: return "DOCTOODARK";
    case TWCC_NOMEDIA: return "NOMEDIA";
  }
  return "UNKNOWN";
}

static const char *name_status(TW_UINT16 return_code, TW_IDENTITY *destination)
{
  switch (return_code) {
    case TWRC_CANCEL: return "CANCEL";
    case TWRC_BUSY: return "BUSY";
    case TWRC_SCANNERLOCKED: return "SCANNERLOCKED";
    case TWRC_FAILURE:
    case TWRC_CHECKSTATUS: break;
    default: return "UNKNOWN";
  }
  TW_STATUS status = { 0, 0 };
  if (entry(&application, destination, DG_CONTROL, DAT_STATUS, MSG_GET, &status) != TWRC_SUCCESS) return "UNKNOWN";
  return condition_name(status.ConditionCode);
}

const char *source_status(TW_UINT16 return_code)
{
  return name_status(return_code, &source);
}

const char *manager_open_source(const char *product_name)
{
  bool is_found = manager_first(&source);
  while (is_found && strcmp(source.ProductName, product_name) != 0) is_found = manager_next(&source);
  if (!is_found) return "NODS";
  TW_UINT16 answer = entry(&application, NULL, DG_CONTROL, DAT_IDENTITY, MSG_OPENDS, &source);
  if (answer != TWRC_SUCCESS) return name_status(answer, NULL);
  state = 4;
  if ((application.SupportedGroups & DF_DSM2) != 0 && (source.SupportedGroups & DF_DS2) != 0) {
    TW_CALLBACK callback = { (TW_MEMREF)take_callback, 0, 0 };
    source_call(DG_CONTROL, DAT_CALLBACK, MSG_REGISTER_CALLBACK, &callback);
  }
  return NULL;
}

TW_UINT16 source_call(TW_UINT32 group, TW_UINT16 type, TW_UINT16 message, TW_MEMREF data)
{
  return entry(&application, &source, group, type, message, data);
}

static TW_USERINTERFACE without_window(void)
{
  TW_USERINTERFACE ui = { FALSE, FALSE, window };
  return ui;
}

const char *source_enable(void)
{
  TW_USERINTERFACE ui = without_window();
  TW_UINT16 answer = source_call(DG_CONTROL, DAT_USERINTERFACE, MSG_ENABLEDS, &ui);
  /* The standard's answer of a source that shows its window all the same. */
  if (answer == TWRC_CHECKSTATUS) {
    state = 5;
    return "SHOWSWINDOW";
  }
  if (answer != TWRC_SUCCESS) return source_status(answer);
  state = 5;
  while (is_page_ready == 0) {
    if (frames_is_cancelled() || is_close_requested != 0) return "CANCEL";
    /* Some sources of TWAIN 1 speak only when they are sent a message. */
    PostMessageW(window, WM_NULL, 0, 0);
    frames_wait(100);
  }
  state = 6;
  return NULL;
}

void source_set_transferring(bool is_on)
{
  state = is_on ? 7 : 6;
}

const char *source_end_transfer(bool *has_more)
{
  TW_PENDINGXFERS pending = { 0, 0 };
  TW_UINT16 answer = source_call(DG_CONTROL, DAT_PENDINGXFERS, MSG_ENDXFER, &pending);
  *has_more = answer == TWRC_SUCCESS && pending.Count != 0;
  state = *has_more ? 6 : 5;
  return answer == TWRC_SUCCESS ? NULL : source_status(answer);
}

void source_close(void)
{
  bool has_more = state == 6;
  if (state == 7) source_end_transfer(&has_more);
  TW_PENDINGXFERS pending = { 0, 0 };
  if (has_more) source_call(DG_CONTROL, DAT_PENDINGXFERS, MSG_RESET, &pending);
  TW_USERINTERFACE ui = without_window();
  if (state >= 5) source_call(DG_CONTROL, DAT_USERINTERFACE, MSG_DISABLEDS, &ui);
  if (state >= 4) entry(&application, NULL, DG_CONTROL, DAT_IDENTITY, MSG_CLOSEDS, &source);
  state = 3;
}

void manager_close(void)
{
  entry(&application, NULL, DG_CONTROL, DAT_PARENT, MSG_CLOSEDSM, &window);
}

HWND manager_window(void)
{
  return window;
}

TW_HANDLE memory_allocate(TW_UINT32 size)
{
  return memory.DSM_MemAllocate != NULL ? memory.DSM_MemAllocate(size) : GlobalAlloc(GHND, size);
}

void *memory_lock(TW_HANDLE handle)
{
  return memory.DSM_MemLock != NULL ? memory.DSM_MemLock(handle) : GlobalLock(handle);
}

void memory_unlock(TW_HANDLE handle)
{
  if (memory.DSM_MemUnlock != NULL) memory.DSM_MemUnlock(handle);
  else GlobalUnlock(handle);
}

void memory_free(TW_HANDLE handle)
{
  if (memory.DSM_MemFree != NULL) memory.DSM_MemFree(handle);
  else GlobalFree(handle);
}
