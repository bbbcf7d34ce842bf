/*
 * The wire between a helper and the broker as bytes, the same on every system: [u32 length, little endian][u8 type][payload].
 * What carries them, and how a thread waits for what the broker grants, is each helper's own (frames.c).
 */
#ifndef VENTANILLA_WIRE_H
#define VENTANILLA_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STRIP_BYTES (1u << 20)
#define WIRE_HEADER_BYTES 5
/* No frame of the broker's is longer. */
#define WIRE_MOST_PAYLOAD 16

enum { FRAME_CONTROL = 1, FRAME_STRIP = 2, FRAME_NEXT_PAGE = 16, FRAME_CREDIT = 17, FRAME_CANCEL = 18 };

/* What the broker has granted and the session has not used yet. */
typedef struct {
  uint32_t credit;
  uint32_t pages;
  bool cancelled;
} Grants;

void wire_write_header(uint8_t header[WIRE_HEADER_BYTES], uint8_t type, size_t length);
uint32_t wire_read_length(const uint8_t header[WIRE_HEADER_BYTES]);

/* Notes what a frame of the broker's says. */
void grants_take_in(Grants *grants, uint8_t type, const uint8_t *payload, uint32_t length);

/* Copies UTF-8 as the inside of a JSON string; always terminates `to`. */
const char *json_text(char *to, size_t size, const char *text);

#endif
