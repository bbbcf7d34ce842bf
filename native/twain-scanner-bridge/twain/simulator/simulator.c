#include "simulator.h"

#include <stdlib.h>
#include <string.h>

/* States of the standard: 3 closed, 4 open, 5 enabled, 6 page ready, 7 transferring. */
static int state = 3;
static TW_UINT16 condition;
static TW_ENTRYPOINT manager;
static TW_IDENTITY application, self;
static TW_IMAGELAYOUT layout;
static SimulatorPage page;
static int pages_left, row;
static bool owes_ready;
static HWND parent;

TW_HANDLE simulator_allocate(TW_UINT32 size)
{
  return manager.DSM_MemAllocate != NULL ? manager.DSM_MemAllocate(size) : GlobalAlloc(GHND, size);
}

void *simulator_lock(TW_HANDLE handle)
{
  return manager.DSM_MemLock != NULL ? manager.DSM_MemLock(handle) : GlobalLock(handle);
}

void simulator_unlock(TW_HANDLE handle)
{
  if (manager.DSM_MemUnlock != NULL) manager.DSM_MemUnlock(handle);
  else GlobalUnlock(handle);
}

static TW_UINT16 fail(TW_UINT16 code)
{
  condition = code;
  return TWRC_FAILURE;
}

static TW_UINT16 answer(TW_UINT16 code)
{
  return code == TWCC_SUCCESS ? TWRC_SUCCESS : fail(code);
}

static void identify(TW_IDENTITY *identity)
{
  TW_UINT32 id = identity->Id;
  memset(identity, 0, sizeof *identity);
  identity->Id = id;
  identity->Version.MajorNum = 1;
  identity->ProtocolMajor = 2;
  identity->ProtocolMinor = 4;
  identity->SupportedGroups = DG_CONTROL | DG_IMAGE | DF_DS2;
  strcpy(identity->Manufacturer, "Ventanilla");
  strcpy(identity->ProductFamily, "Simulator");
  /* A letter outside ASCII, as vendors have them: CP 1252. */
  strcpy(identity->ProductName, simulator_is_second() ? "Segundo simulador" : "Simulador de esc\341ner");
}

static TW_UINT16 open_source(const TW_IDENTITY *origin, const TW_IDENTITY *own)
{
  if (state != 3) return fail(TWCC_SEQERROR);
  simulator_read_settings();
  simulator_log("open");
  TW_UINT16 fault = simulator_fault(AT_OPEN);
  if (fault != TWCC_SUCCESS) return fail(fault);
  application = *origin;
  self = *own;
  simulator_reset_capabilities();
  memset(&layout, 0, sizeof layout);
  layout.Frame.Right.Whole = 8;
  layout.Frame.Bottom.Whole = 11;
  state = 4;
  return TWRC_SUCCESS;
}

static bool is_feeding(void)
{
  return simulator.has_feeder && simulator_value(CAP_FEEDERENABLED) != 0;
}

static int to_pixels(TW_FIX32 low, TW_FIX32 high, int dpi)
{
  double inches = high.Whole + high.Frac / 65536.0 - low.Whole - low.Frac / 65536.0;
  return (int)(inches * dpi + 0.5);
}

static void load(int number)
{
  int dpi = simulator_value(ICAP_XRESOLUTION);
  if (simulator_has_fault("resolution", number)) dpi /= 2;
  row = 0;
  simulator_load_page(&page, number, to_pixels(layout.Frame.Left, layout.Frame.Right, dpi), to_pixels(layout.Frame.Top, layout.Frame.Bottom, dpi),
                      dpi, simulator_value(ICAP_PIXELTYPE));
  simulator_log("page %d", number);
}

/* To the manager where it has given its address (TWAIN 2); to the window otherwise, where DAT_EVENT finds it (TWAIN 1). */
static void tell_application(TW_UINT16 message)
{
  if (manager.DSM_Entry != NULL) {
    manager.DSM_Entry(&self, &application, DG_CONTROL, DAT_NULL, message, NULL);
    return;
  }
  owes_ready = true;
  PostMessageA(parent, WM_NULL, 0, 0);
}

static TW_UINT16 enable(const TW_USERINTERFACE *ui)
{
  if (state != 4) return fail(TWCC_SEQERROR);
  simulator_log("enable");
  if (simulator_has_fault("busy", AT_ENABLE)) return TWRC_BUSY;
  TW_UINT16 fault = simulator_fault(AT_ENABLE);
  if (fault != TWCC_SUCCESS) return fail(fault);
  pages_left = !is_feeding() ? 1 : simulator.sheets * (simulator_value(CAP_DUPLEXENABLED) != 0 ? 2 : 1);
  if (pages_left == 0) return fail(TWCC_NOMEDIA);
  parent = ui->hParent;
  state = 5;
  if (!simulator_has_fault("cancelKey", AT_ENABLE)) {
    load(1);
    state = 6;
  }
  if (!simulator_has_fault("silent", AT_ENABLE)) tell_application(state == 6 ? MSG_XFERREADY : MSG_CLOSEDSREQ);
  return ui->ShowUI == FALSE && simulator_has_fault("ignoresShowUi", AT_ENABLE) ? TWRC_CHECKSTATUS : TWRC_SUCCESS;
}

static TW_UINT16 take_event(TW_EVENT *event)
{
  event->TWMessage = MSG_NULL;
  if (state < 5 || !owes_ready) return TWRC_NOTDSEVENT;
  owes_ready = false;
  event->TWMessage = state == 6 ? MSG_XFERREADY : MSG_CLOSEDSREQ;
  return TWRC_DSEVENT;
}

static TW_UINT16 tell_image(TW_IMAGEINFO *image)
{
  if (state != 6) return fail(TWCC_SEQERROR);
  int channels = page.pixel_type == TWPT_RGB ? 3 : 1;
  memset(image, 0, sizeof *image);
  image->XResolution.Whole = image->YResolution.Whole = (TW_INT16)page.dpi;
  image->ImageWidth = page.width;
  image->ImageLength = simulator_has_fault("unknownLength", page.number) ? -1 : page.height;
  image->SamplesPerPixel = (TW_INT16)channels;
  for (int i = 0; i < channels; i += 1) image->BitsPerSample[i] = page.pixel_type == TWPT_BW ? 1 : 8;
  image->BitsPerPixel = (TW_INT16)(page.pixel_type == TWPT_BW ? 1 : 8 * channels);
  image->PixelType = (TW_INT16)page.pixel_type;
  return TWRC_SUCCESS;
}

/* A fault in mid-page ends the transfer; the page is lost. */
static bool breaks_here(TW_UINT16 *code)
{
  if (row <= page.height / 2) return false;
  if (simulator_has_fault("cancel", page.number)) {
    *code = TWRC_CANCEL;
    return true;
  }
  TW_UINT16 fault = simulator_fault(page.number);
  if (fault == TWCC_SUCCESS) return false;
  *code = fail(fault);
  return true;
}

static TW_UINT16 give_strip(TW_IMAGEMEMXFER *block)
{
  if ((state != 6 && state != 7) || simulator_value(ICAP_XFERMECH) != TWSX_MEMORY) return fail(TWCC_SEQERROR);
  TW_UINT16 code;
  size_t packed = simulator_row_bytes(&page), stride = packed + (size_t)simulator.padding;
  bool is_short = simulator_has_fault("truncated", page.number) && row > page.height / 2;
  int last = is_short ? row : simulator_has_fault("empty", page.number) ? 0 : page.height;
  if (breaks_here(&code)) return code;
  state = 7;
  memset(block->Memory.TheMem, 0x55, block->Memory.Length);
  block->Compression = TWCP_NONE;
  block->BytesPerRow = (TW_UINT32)stride;
  block->Columns = (TW_UINT32)page.width;
  block->XOffset = 0;
  block->YOffset = (TW_UINT32)row;
  block->Rows = 0;
  for (; row < last && (block->Rows + 1) * stride <= block->Memory.Length; row += 1, block->Rows += 1) {
    unsigned char *to = (unsigned char *)block->Memory.TheMem + block->Rows * stride;
    simulator_draw_row(&page, row, to);
    if (simulator_value(ICAP_PIXELFLAVOR) == TWPF_VANILLA && page.pixel_type != TWPT_RGB) {
      for (size_t at = 0; at < packed; at += 1) to[at] = (unsigned char)~to[at];
    }
  }
  block->BytesWritten = (TW_UINT32)(block->Rows * stride);
  simulator_log("rows %d", row);
  return row >= last ? TWRC_XFERDONE : TWRC_SUCCESS;
}

static TW_UINT16 give_bitmap(TW_HANDLE *handle)
{
  if (state != 6 || simulator_value(ICAP_XFERMECH) != TWSX_NATIVE) return fail(TWCC_SEQERROR);
  TW_UINT16 code;
  row = page.height;
  if (breaks_here(&code)) return code;
  int rows = simulator_has_fault("empty", page.number) ? 0 : simulator_has_fault("truncated", page.number) ? page.height / 2 : page.height;
  *handle = simulator_bitmap(&page, rows);
  state = 7;
  return *handle == NULL ? fail(TWCC_LOWMEMORY) : TWRC_XFERDONE;
}

static TW_UINT16 end_page(TW_UINT16 message, TW_PENDINGXFERS *pending)
{
  if (state != 6 && state != 7) return fail(TWCC_SEQERROR);
  pages_left = message == MSG_RESET ? 0 : pages_left - 1;
  simulator_log(message == MSG_RESET ? "reset" : "end page");
  pending->Count = (TW_UINT16)(pages_left > 0 ? 0xffff : 0);
  state = pages_left > 0 ? 6 : 5;
  if (pages_left > 0) load(page.number + 1);
  return TWRC_SUCCESS;
}

static TW_UINT16 set_layout(const TW_IMAGELAYOUT *wanted)
{
  if (state != 4) return fail(TWCC_SEQERROR);
  double step = simulator.area_step / 254.0;
  double inches = wanted->Frame.Right.Whole + wanted->Frame.Right.Frac / 65536.0;
  int steps = (int)(inches / step + 0.999);
  layout = *wanted;
  if (simulator.area_step == 1) return TWRC_SUCCESS;
  layout.Frame.Right.Whole = (TW_INT16)(steps * step);
  layout.Frame.Right.Frac = (TW_UINT16)((steps * step - layout.Frame.Right.Whole) * 65536.0);
  return TWRC_CHECKSTATUS;
}

static TW_UINT16 operate(TW_IDENTITY *origin, TW_UINT16 type, TW_UINT16 message, TW_MEMREF data)
{
  switch (type) {
    case DAT_IDENTITY:
      if (message == MSG_GET) identify(data);
      else if (message == MSG_OPENDS) return open_source(origin, data);
      else if (message == MSG_CLOSEDS) {
        simulator_log("close from %d", state);
        state = 3;
      }
      return TWRC_SUCCESS;
    case DAT_ENTRYPOINT: manager = *(TW_ENTRYPOINT *)data; return TWRC_SUCCESS;
    case DAT_STATUS:
      *(TW_STATUS *)data = (TW_STATUS){ condition, 0 };
      condition = TWCC_SUCCESS;
      return TWRC_SUCCESS;
    case DAT_CAPABILITY: return answer(simulator_capability(message, data, state == 4));
    case DAT_EVENT: return take_event(data);
    case DAT_USERINTERFACE:
      if (message == MSG_ENABLEDS) return enable(data);
      if (state != 5) return fail(TWCC_SEQERROR);
      simulator_log("disable");
      state = 4;
      return TWRC_SUCCESS;
    case DAT_PENDINGXFERS: return end_page(message, data);
    case DAT_IMAGELAYOUT:
      if (message == MSG_SET) return set_layout(data);
      *(TW_IMAGELAYOUT *)data = layout;
      return TWRC_SUCCESS;
    case DAT_SETUPMEMXFER: {
      TW_UINT32 bytes = (TW_UINT32)(simulator_row_bytes(&page) + (size_t)simulator.padding);
      /* Small pages come in several strips too: something can happen between two of them. */
      TW_UINT32 strip = bytes * (TW_UINT32)(page.height / 4 + 1);
      *(TW_SETUPMEMXFER *)data = (TW_SETUPMEMXFER){ bytes, 4u << 20, strip < 256u << 10 ? strip : 256u << 10 };
      return TWRC_SUCCESS;
    }
    case DAT_IMAGEINFO: return tell_image(data);
    case DAT_IMAGEMEMXFER: return give_strip(data);
    case DAT_IMAGENATIVEXFER: return give_bitmap(data);
  }
  return fail(TWCC_BADPROTOCOL);
}

__declspec(dllexport) TW_UINT16 WINAPI DS_Entry(TW_IDENTITY *origin, TW_UINT32 group, TW_UINT16 type, TW_UINT16 message, TW_MEMREF data)
{
  (void)group;
  return operate(origin, type, message, data);
}
