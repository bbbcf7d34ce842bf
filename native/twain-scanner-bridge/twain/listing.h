/* The sources that are installed. Each unknown one is opened by a process of its own: it may crash or never answer. */
#ifndef VENTANILLA_TWAIN_LISTING_H
#define VENTANILLA_TWAIN_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* `known`: identifiers of devices whose sources of paper the broker knows already. */
int list_devices(wchar_t *const *known, int known_count);

/* Opens one source and tells it with the sources of paper that it offers. */
int describe_device(const wchar_t *device);

/* The name of the source that a device identifier stands for (ANSI, as the manager wants it). False when it is not ours. */
bool to_product_name(const wchar_t *device, char *name, size_t size);

#endif
