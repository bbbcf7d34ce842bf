#include "capabilities.h"

#include "manager.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

TW_FIX32 to_fix32(double value)
{
  int32_t fixed = (int32_t)lround(value * 65536.0);
  TW_FIX32 result = { (TW_INT16)(fixed >> 16), (TW_UINT16)(fixed & 0xffff) };
  return result;
}

double from_fix32(TW_FIX32 value)
{
  return value.Whole + value.Frac / 65536.0;
}

static size_t item_size(TW_UINT16 type)
{
  switch (type) {
    case TWTY_INT8:
    case TWTY_UINT8: return 1;
    case TWTY_INT16:
    case TWTY_UINT16:
    case TWTY_BOOL: return 2;
    case TWTY_INT32:
    case TWTY_UINT32:
    case TWTY_FIX32: return 4;
  }
  return 0;
}

static bool read_item(TW_UINT16 type, const void *from, double *value)
{
  union { int8_t i8; uint8_t u8; int16_t i16; uint16_t u16; int32_t i32; uint32_t u32; TW_FIX32 fix; } item = { 0 };
  size_t size = item_size(type);
  if (size == 0) return false;
  memcpy(&item, from, size);
  switch (type) {
    case TWTY_INT8: *value = item.i8; break;
    case TWTY_UINT8: *value = item.u8; break;
    case TWTY_INT16: *value = item.i16; break;
    case TWTY_UINT16:
    case TWTY_BOOL: *value = item.u16; break;
    case TWTY_INT32: *value = item.i32; break;
    case TWTY_UINT32: *value = item.u32; break;
    default: *value = from_fix32(item.fix);
  }
  return true;
}

static bool read_container(TW_UINT16 kind, const void *container, double *value)
{
  /* The item type is the first member of every container. */
  TW_UINT16 type = *(const TW_UINT16 *)container;
  size_t size = item_size(type);
  switch (kind) {
    case TWON_ONEVALUE: return read_item(type, &((const TW_ONEVALUE *)container)->Item, value);
    case TWON_RANGE: return read_item(type, &((const TW_RANGE *)container)->CurrentValue, value);
    case TWON_ENUMERATION: {
      const TW_ENUMERATION *list = container;
      return list->CurrentIndex < list->NumItems && read_item(type, list->ItemList + list->CurrentIndex * size, value);
    }
    case TWON_ARRAY: {
      const TW_ARRAY *list = container;
      return list->NumItems == 1 && read_item(type, list->ItemList, value);
    }
  }
  return false;
}

static bool get_with(TW_UINT16 message, TW_UINT16 capability, double *value)
{
  TW_CAPABILITY request = { capability, TWON_DONTCARE16, NULL };
  if (source_call(DG_CONTROL, DAT_CAPABILITY, message, &request) != TWRC_SUCCESS || request.hContainer == NULL) return false;
  const void *container = memory_lock(request.hContainer);
  bool is_read = container != NULL && read_container(request.ConType, container, value);
  memory_unlock(request.hContainer);
  memory_free(request.hContainer);
  return is_read;
}

bool capability_get(TW_UINT16 capability, double *value)
{
  /* Some sources answer only the older of the two questions for what cannot be set. */
  return get_with(MSG_GETCURRENT, capability, value) || get_with(MSG_GET, capability, value);
}

static double choose(double best, double value, double least)
{
  bool is_better = best < least ? value > best : value >= least && value < best;
  return is_better ? value : best;
}

/* False for a container that holds no numbers. */
static bool choose_from(TW_UINT16 kind, const void *container, double least, double *value)
{
  TW_UINT16 type = *(const TW_UINT16 *)container;
  size_t size = item_size(type);
  double low, high, step, each;
  if (kind == TWON_RANGE) {
    const TW_RANGE *range = container;
    if (!read_item(type, &range->MinValue, &low) || !read_item(type, &range->MaxValue, &high) || !read_item(type, &range->StepSize, &step)) return false;
    *value = least <= low ? low : step > 0 ? low + ceil((least - low) / step) * step : least;
    if (*value > high) *value = high;
    return true;
  }
  if (kind != TWON_ENUMERATION && kind != TWON_ARRAY) return read_container(kind, container, value);
  TW_UINT32 count = kind == TWON_ARRAY ? ((const TW_ARRAY *)container)->NumItems : ((const TW_ENUMERATION *)container)->NumItems;
  const uint8_t *items = kind == TWON_ARRAY ? ((const TW_ARRAY *)container)->ItemList : ((const TW_ENUMERATION *)container)->ItemList;
  *value = 0;
  for (TW_UINT32 i = 0; i < count; i += 1) {
    if (!read_item(type, items + i * size, &each)) return false;
    *value = choose(*value, each, least);
  }
  return *value > 0;
}

bool capability_lowest_from(TW_UINT16 capability, double least, double *value)
{
  TW_CAPABILITY request = { capability, TWON_DONTCARE16, NULL };
  if (source_call(DG_CONTROL, DAT_CAPABILITY, MSG_GET, &request) != TWRC_SUCCESS || request.hContainer == NULL) return false;
  const void *container = memory_lock(request.hContainer);
  bool is_read = container != NULL && choose_from(request.ConType, container, least, value);
  memory_unlock(request.hContainer);
  memory_free(request.hContainer);
  return is_read;
}

bool capability_get_text(TW_UINT16 capability, char *to, size_t size)
{
  TW_CAPABILITY request = { capability, TWON_DONTCARE16, NULL };
  to[0] = '\0';
  if (source_call(DG_CONTROL, DAT_CAPABILITY, MSG_GET, &request) != TWRC_SUCCESS || request.hContainer == NULL) return false;
  const TW_ONEVALUE *container = memory_lock(request.hContainer);
  if (container != NULL && request.ConType == TWON_ONEVALUE && container->ItemType == TWTY_STR255)
    snprintf(to, size, "%.*s", (int)sizeof(TW_STR255), (const char *)container + sizeof(TW_UINT16));
  memory_unlock(request.hContainer);
  memory_free(request.hContainer);
  return to[0] != '\0';
}

bool capability_set(TW_UINT16 capability, TW_UINT16 type, double value)
{
  TW_CAPABILITY request = { capability, TWON_ONEVALUE, memory_allocate(sizeof(TW_ONEVALUE)) };
  if (request.hContainer == NULL) return false;
  TW_ONEVALUE *container = memory_lock(request.hContainer);
  container->ItemType = type;
  if (type == TWTY_FIX32) {
    TW_FIX32 fixed = to_fix32(value);
    memcpy(&container->Item, &fixed, sizeof fixed);
  } else {
    container->Item = (TW_UINT32)(int32_t)lround(value);
  }
  memory_unlock(request.hContainer);
  TW_UINT16 answer = source_call(DG_CONTROL, DAT_CAPABILITY, MSG_SET, &request);
  memory_free(request.hContainer);
  return answer == TWRC_SUCCESS;
}
