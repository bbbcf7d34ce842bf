#include "wire.h"

#include <stdio.h>

void wire_write_header(uint8_t header[WIRE_HEADER_BYTES], uint8_t type, size_t length)
{
  for (int i = 0; i < 4; i += 1) header[i] = (uint8_t)(length >> (8 * i));
  header[4] = type;
}

uint32_t wire_read_length(const uint8_t header[WIRE_HEADER_BYTES])
{
  return (uint32_t)header[0] | (uint32_t)header[1] << 8 | (uint32_t)header[2] << 16 | (uint32_t)header[3] << 24;
}

void grants_take_in(Grants *grants, uint8_t type, const uint8_t *payload, uint32_t length)
{
  if (type == FRAME_NEXT_PAGE) grants->pages += 1;
  /* A number is written as a length is. */
  if (type == FRAME_CREDIT && length == 4) grants->credit += wire_read_length(payload);
  if (type == FRAME_CANCEL) grants->cancelled = true;
}

const char *json_text(char *to, size_t size, const char *text)
{
  size_t used = 0;
  for (; *text != '\0' && used + 7 < size; text += 1) {
    unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
      to[used++] = '\\';
      to[used++] = (char)c;
    } else if (c < 0x20) {
      used += (size_t)snprintf(to + used, size - used, "\\u%04x", c);
    } else {
      to[used++] = (char)c;
    }
  }
  to[used] = '\0';
  return to;
}
