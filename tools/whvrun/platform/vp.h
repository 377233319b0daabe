/*
 * whvrun: virtual processors
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
 * What it is for: the virtual processors of the partition: they are run, stopped, and asked for registers and for what
 * addresses mean. Knows the partition, nothing of devices and guests. A processor is named by its index. Functions with
 * an HRESULT return the platform's and have said on stderr what failed.
 */

#ifndef __WHVRUN_PLATFORM_VP_H
#define __WHVRUN_PLATFORM_VP_H

#include <windows.h>
#include <winhvplatform.h>

#define BOOT_VP 0       /* the one that serves time and input, and that the others are started by */

/* As many as the partition was created for. */
extern HRESULT vp_create_all( UINT32 count );
extern void vp_delete_all( void );

/* How many there are. */
extern UINT32 vp_count( void );

/* Runs one until its next exit. Each has a thread of its own for it. */
extern HRESULT vp_run( UINT32 vp, WHV_RUN_VP_EXIT_CONTEXT *exit );

/* Makes it leave the guest, or else its next run end at once; any thread. */
extern void vp_cancel( UINT32 vp );

extern HRESULT vp_get_registers( UINT32 vp, const WHV_REGISTER_NAME *names, WHV_REGISTER_VALUE *values, UINT32 count );
extern HRESULT vp_set_registers( UINT32 vp, const WHV_REGISTER_NAME *names, const WHV_REGISTER_VALUE *values,
                                 UINT32 count );

/* An address of the guest, with the rights of the code that runs; any page. FALSE: the guest would get a page fault. */
extern BOOL vp_translate( UINT32 vp, UINT64 gva, BOOL write, UINT64 *gpa );

/* The same with nobody's rights, for who looks from outside; pages of RAM. */
extern BOOL vp_find( UINT32 vp, UINT64 gva, UINT64 *gpa );

#endif /* __WHVRUN_PLATFORM_VP_H */
