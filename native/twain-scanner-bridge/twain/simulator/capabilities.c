#include "simulator.h"

#include <string.h>

enum { MOST_VALUES = 4 };

typedef struct {
  TW_UINT16 capability;
  TW_UINT16 type;
  int value;
  /* A list, or when `count` is 0 a range from the first to the second. Nothing but itself when it cannot be set. */
  int count;
  int allowed[MOST_VALUES];
  bool is_read_only;
} Capability;

static Capability table[42];
static int table_size;

static void add(TW_UINT16 capability, TW_UINT16 type, int value, int count, const int *allowed, bool is_read_only)
{
  Capability *entry = &table[table_size++];
  *entry = (Capability){ .capability = capability, .type = type, .value = value, .count = count, .is_read_only = is_read_only };
  for (int i = 0; i < MOST_VALUES && i < (count == 0 ? 2 : count); i += 1) entry->allowed[i] = allowed[i];
}

static void add_switch(TW_UINT16 capability, int value)
{
  static const int both[] = { 0, 1 };
  add(capability, TWTY_BOOL, value, 2, both, false);
}

static void add_fixed(TW_UINT16 capability, TW_UINT16 type, int value)
{
  add(capability, type, value, 1, &value, true);
}

static void add_one(TW_UINT16 capability, TW_UINT16 type, int value)
{
  add(capability, type, value, 1, &value, false);
}

void simulator_reset_capabilities(void)
{
  static const int pixel_types[] = { TWPT_BW, TWPT_GRAY, TWPT_RGB }, depths[] = { 1, 8, 24 }, counts[] = { -1, 32767 };
  static const int mechanisms[] = { TWSX_NATIVE, TWSX_MEMORY }, flavors[] = { TWPF_CHOCOLATE, TWPF_VANILLA }, sizes[] = { 0, 1 };
  static const int dpi_list[] = { 600, 60, 200, 100 };
  int dpi_range[] = { 50, simulator.highest_dpi };
  const int *resolutions = simulator.lists_dpi ? dpi_list : dpi_range;
  int resolution_count = simulator.lists_dpi ? 4 : 0, resolution = simulator.highest_dpi < 200 ? simulator.highest_dpi : 200;
  table_size = 0;
  add(CAP_XFERCOUNT, TWTY_INT16, -1, 0, counts, false);
  add(ICAP_PIXELTYPE, TWTY_UINT16, TWPT_BW, 3, pixel_types, false);
  add(ICAP_BITDEPTH, TWTY_UINT16, 1, 3, depths, false);
  add_one(ICAP_UNITS, TWTY_UINT16, TWUN_INCHES);
  add_one(ICAP_COMPRESSION, TWTY_UINT16, TWCP_NONE);
  add_one(ICAP_PLANARCHUNKY, TWTY_UINT16, TWPC_CHUNKY);
  add_one(ICAP_BITORDER, TWTY_UINT16, TWBO_MSBFIRST);
  add(ICAP_PIXELFLAVOR, TWTY_UINT16, simulator.pixel_flavor, 2, flavors, false);
  add(ICAP_XFERMECH, TWTY_UINT16, TWSX_NATIVE, simulator.has_memory_transfer ? 2 : 1, mechanisms, false);
  add(ICAP_XRESOLUTION, TWTY_FIX32, resolution, resolution_count, resolutions, false);
  add(ICAP_YRESOLUTION, TWTY_FIX32, resolution, resolution_count, resolutions, false);
  add_fixed(ICAP_PHYSICALWIDTH, TWTY_FIX32, 9);
  add_fixed(ICAP_PHYSICALHEIGHT, TWTY_FIX32, 12);
  add(ICAP_SUPPORTEDSIZES, TWTY_UINT16, 1, 2, sizes, false);
  add_switch(CAP_INDICATORS, 1);
  add_fixed(CAP_UICONTROLLABLE, TWTY_BOOL, simulator.is_ui_controllable);
  add_fixed(CAP_DEVICEONLINE, TWTY_BOOL, 1);
  add_fixed(CAP_PAPERDETECTABLE, TWTY_BOOL, simulator.detects_paper);
  if (simulator.always_deskews) add_fixed(ICAP_AUTOMATICDESKEW, TWTY_BOOL, 1);
  else add_switch(ICAP_AUTOMATICDESKEW, 1);
  if (!simulator.has_feeder) return;
  if (simulator.has_flatbed) add_switch(CAP_FEEDERENABLED, 0);
  else add_fixed(CAP_FEEDERENABLED, TWTY_BOOL, 1);
  add_fixed(CAP_FEEDERLOADED, TWTY_BOOL, simulator.sheets > 0);
  add_switch(CAP_AUTOFEED, 0);
  add_fixed(CAP_DUPLEX, TWTY_UINT16, simulator.has_duplex ? 1 : TWDX_NONE);
  if (simulator.has_duplex) add_switch(CAP_DUPLEXENABLED, 0);
}

static Capability *find(TW_UINT16 capability)
{
  for (int i = 0; i < table_size; i += 1) {
    if (table[i].capability == capability) return &table[i];
  }
  return NULL;
}

int simulator_value(TW_UINT16 capability)
{
  const Capability *entry = find(capability);
  return entry == NULL ? 0 : entry->value;
}

static TW_UINT32 to_item(const Capability *entry, int value)
{
  TW_FIX32 fixed = { (TW_INT16)value, 0 };
  TW_UINT32 item;
  memcpy(&item, &fixed, sizeof item);
  return entry->type == TWTY_FIX32 ? item : (TW_UINT32)value;
}

static TW_UINT16 give_one(const Capability *entry, TW_CAPABILITY *request)
{
  request->ConType = TWON_ONEVALUE;
  request->hContainer = simulator_allocate(sizeof(TW_ONEVALUE));
  TW_ONEVALUE *container = simulator_lock(request->hContainer);
  *container = (TW_ONEVALUE){ entry->type, to_item(entry, entry->value) };
  simulator_unlock(request->hContainer);
  return TWCC_SUCCESS;
}

/* As sources do, what may be chosen comes as an enumeration or a range, with the current value in it. */
static TW_UINT16 give_all(const Capability *entry, TW_CAPABILITY *request)
{
  if (entry->count == 1 || entry->type == TWTY_BOOL) return give_one(entry, request);
  if (entry->count == 0) {
    request->ConType = TWON_RANGE;
    request->hContainer = simulator_allocate(sizeof(TW_RANGE));
    TW_RANGE *range = simulator_lock(request->hContainer);
    *range = (TW_RANGE){ entry->type, to_item(entry, entry->allowed[0]), to_item(entry, entry->allowed[1]), to_item(entry, 1),
                         to_item(entry, entry->allowed[0]), to_item(entry, entry->value) };
  } else {
    request->ConType = TWON_ENUMERATION;
    size_t size = entry->type == TWTY_FIX32 ? 4 : 2;
    request->hContainer = simulator_allocate((TW_UINT32)(sizeof(TW_ENUMERATION) + (size_t)entry->count * size));
    TW_ENUMERATION *list = simulator_lock(request->hContainer);
    *list = (TW_ENUMERATION){ .ItemType = entry->type, .NumItems = (TW_UINT32)entry->count };
    for (int i = 0; i < entry->count; i += 1) {
      TW_UINT32 item = to_item(entry, entry->allowed[i]);
      memcpy(list->ItemList + size * (size_t)i, &item, size);
      if (entry->allowed[i] == entry->value) list->CurrentIndex = (TW_UINT32)i;
    }
  }
  simulator_unlock(request->hContainer);
  return TWCC_SUCCESS;
}

static TW_UINT16 take_value(Capability *entry, int value)
{
  bool is_allowed = entry->count == 0 && value >= entry->allowed[0] && value <= entry->allowed[1];
  for (int i = 0; i < entry->count; i += 1) is_allowed = is_allowed || entry->allowed[i] == value;
  if (!is_allowed) return TWCC_BADVALUE;
  entry->value = value;
  /* A change of the pixel type brings its depth with it. */
  if (entry->capability == ICAP_PIXELTYPE) find(ICAP_BITDEPTH)->value = value == TWPT_BW ? 1 : value == TWPT_GRAY ? 8 : 24;
  return TWCC_SUCCESS;
}

static TW_UINT16 set(Capability *entry, const TW_CAPABILITY *request)
{
  if (entry->is_read_only) return TWCC_CAPBADOPERATION;
  if (request->ConType != TWON_ONEVALUE || request->hContainer == NULL) return TWCC_BADVALUE;
  const TW_ONEVALUE *container = simulator_lock(request->hContainer);
  TW_UINT32 item = container->Item;
  TW_UINT16 type = container->ItemType;
  simulator_unlock(request->hContainer);
  if (type != entry->type) return TWCC_BADVALUE;
  if (type != TWTY_FIX32) return take_value(entry, type == TWTY_INT16 ? (TW_INT16)item : (int)item);
  TW_FIX32 fixed;
  memcpy(&fixed, &item, sizeof fixed);
  /* A device that rounds takes the value and says nothing. */
  return take_value(entry, fixed.Whole / simulator.dpi_step * simulator.dpi_step);
}

static TW_UINT16 give_serial(TW_CAPABILITY *request)
{
  request->ConType = TWON_ONEVALUE;
  request->hContainer = simulator_allocate(sizeof(TW_UINT16) + sizeof(TW_STR255));
  TW_ONEVALUE *container = simulator_lock(request->hContainer);
  container->ItemType = TWTY_STR255;
  memcpy((char *)container + sizeof(TW_UINT16), simulator.serial, sizeof simulator.serial);
  simulator_unlock(request->hContainer);
  return TWCC_SUCCESS;
}

TW_UINT16 simulator_capability(TW_UINT16 message, TW_CAPABILITY *request, bool may_set)
{
  if (request->Cap == CAP_SERIALNUMBER && simulator.serial[0] != '\0' && message != MSG_SET) return give_serial(request);
  Capability *entry = find(request->Cap);
  if (entry == NULL) return TWCC_CAPUNSUPPORTED;
  switch (message) {
    case MSG_GETCURRENT: return give_one(entry, request);
    case MSG_GET: return give_all(entry, request);
    case MSG_SET: return may_set ? set(entry, request) : TWCC_SEQERROR;
  }
  return TWCC_CAPBADOPERATION;
}
