# What is given to others: a tarball of the sources, one of what runs. Read by Makefile.in.
#
# Copyright 2026 the winehvplatform authors; LGPL 2.1 or later, see COPYING.LIB.

# For whoever does not want to build: all that runs, with the libraries that distributions have in different versions and
# their licences. PE files are stripped, and signed for Wine again, since strip writes a new DOS header.
BINNAME   = $(DISTNAME)-$(ARCH)
BIN_TOOLS = tools/whv-wine tools/install-prefix $(ALL_TOOLS)
PE_STRIP  = $(patsubst %windres,%strip,$(WINDRES))

dist-bin: all
	rm -rf $(BINNAME) $(BINNAME).tar.gz
	mkdir -p $(BINNAME)/$(WINDOWS_DIR) $(BINNAME)/$(UNIX_DIR) $(BINNAME)/tools $(BINNAME)/licences
	cp $(ALL_DLLS) $(BINNAME)/$(WINDOWS_DIR)
	cp $(ALL_SOS) $(BINNAME)/$(UNIX_DIR)
	cp $(BIN_TOOLS) $(BINNAME)/tools
	cp $(srcdir)/README $(srcdir)/COPYING.LIB $(srcdir)/CHANGELOG $(BINNAME)
	cp -r $(srcdir)/docs $(BINNAME)/docs
	strip $(BINNAME)/$(UNIX_DIR)/*.so
	$(PE_STRIP) $(BINNAME)/$(WINDOWS_DIR)/*.dll $(BINNAME)/tools/*.exe
	for f in $(BINNAME)/$(WINDOWS_DIR)/*.dll; do $(WINEBUILD) --builtin $$f || exit 1; done
	$(srcdir)/tools/bundle-libraries $(BINNAME)/$(UNIX_DIR)/winhvplatform.so $(BINNAME)/licences
	tar --owner=0 --group=0 --numeric-owner --sort=name -czf $(BINNAME).tar.gz $(BINNAME)
	rm -rf $(BINNAME)
	@echo "$(BINNAME).tar.gz is ready"

# what is put up for others
release: dist dist-bin
	sha256sum $(DISTNAME).tar.gz $(BINNAME).tar.gz >$(DISTNAME).sha256
	@cat $(DISTNAME).sha256

# what git knows, or in an unpacked tarball all that was in it; and configure
dist: $(srcdir)/configure
	rm -rf $(DISTNAME) $(DISTNAME).tar.gz
	mkdir $(DISTNAME)
	cd $(srcdir) && { if test -e .git; then git ls-files; echo configure; \
	    else cat MANIFEST; echo MANIFEST; fi; } | sort -u > '$(builddir)/$(DISTNAME)/MANIFEST'
	tar -C $(srcdir) -cf - -T $(DISTNAME)/MANIFEST | tar -C $(DISTNAME) -xf -
	tar --owner=0 --group=0 --numeric-owner -czf $(DISTNAME).tar.gz $(DISTNAME)
	rm -rf $(DISTNAME)
	@echo "$(DISTNAME).tar.gz is ready"

.PHONY: dist dist-bin release
