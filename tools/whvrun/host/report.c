/*
 * whvrun: errors of the platform
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

#include <stdio.h>

#include "host/report.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct { HRESULT hr; const char *name; } errors[] =
{
    { E_NOTIMPL,                    "not implemented" },
    { E_INVALIDARG,                 "invalid argument" },
    { E_OUTOFMEMORY,                "out of memory" },
    { E_ACCESSDENIED,               "access denied" },
    { (HRESULT)0x80370303,          "unsupported hypervisor configuration" },
    { (HRESULT)0x80370304,          "invalid partition configuration" },
    { (HRESULT)0x80370308,          "invalid VP state" },
    { (HRESULT)0x80370310,          "unsupported processor configuration" },
    { (HRESULT)0xc0351000,          "hypervisor not present" },
};

void report( const char *what, HRESULT hr )
{
    size_t i;

    for (i = 0; i < ARRAY_COUNT(errors); i++)
        if (errors[i].hr == hr) break;
    fprintf( stderr, "whvrun: %s: %08lx%s%s\n", what, (ULONG)hr, i < ARRAY_COUNT(errors) ? " " : "",
             i < ARRAY_COUNT(errors) ? errors[i].name : "" );
}
