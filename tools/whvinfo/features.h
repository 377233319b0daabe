/*
 * whvinfo: names of capabilities and their bits
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

/*
 * What it is for: tables of what there is to ask for, and what its bits are called. Data only, which knows no one;
 * names are those of the Windows SDK. The notes say why a bit is not there on Linux, for a Linux user: who prints them
 * does so under Wine alone.
 */

#ifndef __WHVINFO_FEATURES_H
#define __WHVINFO_FEATURES_H

#include <windows.h>
#include <winhvplatform.h>

struct bit
{
    UINT8 bit;
    const char *name;
    const char *note;       /* why KVM can't, or NULL */
};

enum format
{
    FORMAT_HEX, FORMAT_NUMBER, FORMAT_HZ, FORMAT_VENDOR, FORMAT_CACHE_LINE, FORMAT_BITS, FORMAT_VECTORS, FORMAT_BANKS,
    FORMAT_FREQUENCY_CAP,
};

struct capability
{
    UINT32 code;
    const char *name;
    enum format format;
    const struct bit *bits[2];      /* of the value, or of each bank; each list ends without a name */
};

extern const struct capability capabilities[];

#endif /* __WHVINFO_FEATURES_H */
