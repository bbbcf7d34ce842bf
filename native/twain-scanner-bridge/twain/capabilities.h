/* One value of a source: the current number of a capability, whatever container it comes in, or its text. */
#ifndef VENTANILLA_TWAIN_CAPABILITIES_H
#define VENTANILLA_TWAIN_CAPABILITIES_H

#include "twain-types.h"

#include <stdbool.h>
#include <stddef.h>

/* False when the source does not have it, or answers what is not a number. */
bool capability_get(TW_UINT16 capability, double *value);

/*
 * The lowest of the numbers that a capability may be set to and that is not below `least`, else the highest that there is.
 * False when the source does not have it.
 */
bool capability_lowest_from(TW_UINT16 capability, double least, double *value);

/* ANSI, at most 255 bytes and a zero. False, and nothing in `to`, when the source does not have it. */
bool capability_get_text(TW_UINT16 capability, char *to, size_t size);

/* `type` is the standard's type of the item (TWTY_*). False when the source did not take the value as it is. */
bool capability_set(TW_UINT16 capability, TW_UINT16 type, double value);

TW_FIX32 to_fix32(double value);
double from_fix32(TW_FIX32 value);

#endif
